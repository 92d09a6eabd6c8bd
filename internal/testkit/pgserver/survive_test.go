package pgserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// endings are the ways in which a program that started a server can end. A nil signal leaves it to end by itself.
var endings = []struct {
	name   string
	signal syscall.Signal
}{
	{"return", 0},
	{"exit", 0},
	{"panic", 0},
	{"interrupt", syscall.SIGINT},
	{"terminate", syscall.SIGTERM},
	{"kill", syscall.SIGKILL},
}

// TestNothingSurvivesTheProgram runs this test binary as a program that starts a server and ends without Stop. The
// program and all that comes from it inherit the write end of a pipe: the pipe's end says that no process is left.
func TestNothingSurvivesTheProgram(t *testing.T) {
	for _, ending := range endings {
		t.Run(ending.name, func(t *testing.T) {
			t.Parallel()
			alive, inherited, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer alive.Close()
			cmd := exec.Command(os.Args[0], "-test.run=^TestProgram$")
			cmd.Env = append(os.Environ(), "DOCEX_TEST_ENDING="+ending.name)
			cmd.ExtraFiles = []*os.File{inherited}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			inherited.Close()
			dir, dsn := readProgram(t, stdout)
			if ending.signal != 0 {
				if err := cmd.Process.Signal(ending.signal); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait() // it fails in most of these ways
			if err := alive.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(alive); err != nil {
				t.Fatal("processes are left:", err)
			}
			gone(t, dir, dsn)
		})
	}
}

// readProgram reads the server's directory and URL from the program's one line of output.
func readProgram(t *testing.T, stdout io.Reader) (dir, dsn string) {
	t.Helper()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the program wrote %q: %v", line, err)
	}
	dir, dsn, _ = strings.Cut(strings.TrimSpace(line), " ")
	return strings.TrimSuffix(dir, "/data"), dsn
}

// TestProgram is the program.
func TestProgram(t *testing.T) {
	ending := os.Getenv("DOCEX_TEST_ENDING")
	if ending == "" {
		return // an ordinary run of the tests
	}
	s, err := launch(context.Background(), programs(t))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(ask(t, s, "SHOW data_directory"), s.DSN("postgres"))
	switch ending {
	case "return":
	case "exit":
		os.Exit(3)
	case "panic":
		panic("as a test may")
	default:
		select {} // until the signal
	}
}
