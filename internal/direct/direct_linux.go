package direct

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

// proveSocket proves a connection over a Unix socket: whoever listens on the socket is the parent of the server
// process, which is so for PostgreSQL's postmaster and for no pooler. The kernel says who listens (unix(7),
// SO_PEERCRED), and who the parent is (proc(5)). In another process namespace than the server's neither is to be had.
func proveSocket(c *net.UnixConn, pid string) (direct bool, why string) {
	listener, err := peer(c)
	if err != nil {
		return false, fmt.Sprintf("not proved direct: who listens on the socket: %v", err)
	}
	name, parent, err := process(pid)
	switch {
	case err != nil:
		return false, fmt.Sprintf("not proved direct: server process %s: %v", pid, err)
	case name != "postgres" || parent != listener:
		return false, fmt.Sprintf("not proved direct: process %d listens on the socket, and server process %s (%s) is a "+
			"child of %d", listener, pid, name, parent)
	}
	return true, "direct: the server process is a child of the process that listens on the socket"
}

// proveLoopback asks that the server process is one of this host's, as far as its name tells.
func proveLoopback(because, pid string) (direct bool, why string) {
	name, _, err := process(pid)
	if err == nil && name != "postgres" {
		err = fmt.Errorf("it is %s", name)
	}
	if err != nil {
		return false, fmt.Sprintf("not proved direct: loopback addresses, and server process %s is not seen on this "+
			"host: %v", pid, err)
	}
	return true, because
}

// peer returns the process that listens on the other end of c.
func peer(c *net.UnixConn) (pid int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *syscall.Ucred
	var optErr error
	err = raw.Control(func(fd uintptr) {
		cred, optErr = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err := cmp.Or(err, optErr); err != nil {
		return 0, err
	}
	return int(cred.Pid), nil
}

// process returns a process's name and the id of its parent. In /proc/PID/stat the name is in brackets and may hold any
// byte, brackets among them; what follows it is fields between spaces: state, parent, ….
func process(pid string) (name string, parent int, err error) {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return "", 0, err
	}
	from, to := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	fields := bytes.Fields(stat[to+1:])
	if from < 0 || to < from || len(fields) < 2 {
		return "", 0, errors.New("stat is not understood")
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return string(stat[from+1 : to]), parent, err
}
