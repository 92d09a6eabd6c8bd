package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Kill ends all of the server's processes as kill -9 would, has it start again on the same data, and returns when it
// accepts connections, on the same port, after its recovery.
//
// What was committed survives if synchronous_commit is on in that session: the server hands it to the kernel then,
// which is not killed. Without, which is how our servers run, the last commits are lost as in any crash.
func (s *Server) Kill(ctx context.Context) error {
	if s.process == nil {
		return errors.New("docex: throwaway postgresql: the server of " + EnvURL + " is not ours to kill")
	}
	restart := filepath.Join(s.process.dir, "restart")
	if err := os.WriteFile(restart, nil, 0o600); err != nil {
		return err
	}
	err := killTree(filepath.Join(s.process.dir, "data", "postmaster.pid"))
	if err == nil {
		err = s.waitReady(ctx)
	}
	if err := errors.Join(err, os.Remove(restart)); err != nil {
		return fmt.Errorf("docex: throwaway postgresql: kill: %w", err)
	}
	return nil
}

// killTree stops the parent first: it must not make another child after they were listed. Every child must go. One that
// is left keeps the shared memory, in which the others may have died with locks held, and no new server starts beside
// it.
func killTree(pidFile string) error {
	data, err := os.ReadFile(pidFile)
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(data), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		return err
	}
	if err := syscall.Kill(postmaster, syscall.SIGSTOP); err != nil {
		return err
	}
	pids, err := children(postmaster)
	for _, pid := range append(pids, postmaster) {
		err = errors.Join(err, syscall.Kill(pid, syscall.SIGKILL))
	}
	return err
}

// children lists the processes that a process has made: from /proc, or with ps where there is none.
func children(parent int) (pids []int, err error) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // a malformed pattern is the only error
	var lines []string
	for _, name := range stats {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended since
		}
		pid, rest, _ := strings.Cut(string(data), " (")
		_, rest, _ = strings.Cut(rest, ") ") // after the command's name: the state, then the parent
		if f := strings.Fields(rest); len(f) > 1 {
			lines = append(lines, pid+" "+f[1])
		}
	}
	if len(stats) == 0 {
		out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
		if err != nil {
			return nil, err
		}
		lines = strings.Split(string(out), "\n")
	}
	for _, line := range lines {
		var pid, of int
		if n, _ := fmt.Sscan(line, &pid, &of); n == 2 && of == parent {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
