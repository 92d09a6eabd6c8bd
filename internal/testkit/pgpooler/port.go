package pgpooler

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// ipLocalPortRange has the kernel choose the port for connect from a range (ip(7), Linux 6.3 and newer). In a range
// of one it takes a port that another connection has, too, if that leads elsewhere. Bind would not.
const ipLocalPortRange = 51

func choosePort(fd, port int) error {
	if runtime.GOOS != "linux" {
		return errors.ErrUnsupported // the number is another option's there
	}
	return syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, ipLocalPortRange, port<<16|port)
}

// fromPort is for net.Dialer.Control.
func fromPort(port int) func(network, address string, c syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var optErr error
		err := c.Control(func(fd uintptr) { optErr = choosePort(int(fd), port) })
		return errors.Join(err, optErr)
	}
}

// needPorts skips a test where the kernel lets nobody choose, and fails it in CI: it is a test of the isolation.
func needPorts(t testing.TB) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := choosePort(fd, 1024); err != nil {
		pgtest.Missing(t, fmt.Sprintf("the port of a connection cannot be chosen here (ip(7), Linux 6.3): %v", err))
	}
}
