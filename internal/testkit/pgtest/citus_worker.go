package pgtest

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// Workers returns how many workers the cluster has, and 0 on a plain server.
func Workers(t testing.TB) int {
	t.Helper()
	return len(theCluster(t).nodes) - 1
}

// Worker returns the address by which Citus knows a worker, and the administrator's URL of the database on it. The
// first one is 0.
func (d *DB) Worker(t testing.TB, i int) (address, dsn string) {
	t.Helper()
	n := theCluster(t).nodes[1+i]
	return net.JoinHostPort(n.host, fmt.Sprint(n.port)), n.dsn(d.Name)
}

// StopWorker has a worker refuse this database's connections at once, as one that is down does, and ends those that
// there are. Other databases are as before. The function that it returns lets them in again, as does the test's end.
func (d *DB) StopWorker(t testing.TB, i int) (start func()) {
	t.Helper()
	n := theCluster(t).nodes[1+i]
	if err := disconnect(n.admin, d.Name); err != nil {
		t.Fatal(err)
	}
	start = sync.OnceFunc(func() {
		if _, err := n.admin.Exec("ALTER DATABASE " + d.Name + " ALLOW_CONNECTIONS true"); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(start)
	return start
}

// SilenceWorker has a worker accept connections and never answer, as a machine does that hangs: all of its databases',
// so that no other test may run meanwhile. It ends the connections to this database that there are. The function that
// it returns has the worker answer again, as does the test's end and the program's, however that ends.
//
// A worker that is not on this machine skips the test.
func (d *DB) SilenceWorker(t testing.TB, i int) (resume func()) {
	t.Helper()
	n := theCluster(t).nodes[1+i]
	if ip := net.ParseIP(n.host); n.host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		t.Skipf("worker %s is on another machine", n.host)
	}
	var file string
	if err := n.admin.QueryRow("SELECT pg_read_file('postmaster.pid')").Scan(&file); err != nil {
		t.Fatal(err)
	}
	pid, _, _ := strings.Cut(file, "\n")
	const gone = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = $1"
	const hold = `trap '' INT TERM HUP; kill -STOP "$0" && echo held && { read -r _; kill -CONT "$0"; }`
	cmd := exec.Command("/bin/sh", "-c", hold, pid)
	leash, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.admin.Exec(gone, d.Name); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	resume = sync.OnceFunc(func() {
		_ = leash.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("worker %s: %v", pid, err)
		}
	})
	t.Cleanup(resume)
	if _, err := said.Read(make([]byte, len("held\n"))); err != nil {
		t.Fatalf("worker %s cannot be stopped by this user: %v", pid, err)
	}
	return resume
}
