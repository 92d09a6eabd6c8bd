package pgserver

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

//go:embed supervisor.sh
var supervisor string

// process is the supervisor of one server: supervisor.sh says what it does.
type process struct {
	dir   string        // the server's own
	leash io.Closer     // closing it, or this program's end, stops the server
	ended chan struct{} // closed when the server has stopped and its directory is gone
	words bytes.Buffer  // the log's last lines; written until ended is closed
	once  sync.Once
	err   error // stop's result; guarded by once
}

// supervise starts the supervisor of a server, as owner unless that is nil. The supervisor has a session of its own,
// so that Ctrl-C in a terminal reaches this program and not the server.
func supervise(bin, dir string, port int, owner *syscall.Credential, settings []string) (*process, error) {
	args := []string{"-c", supervisor, "docex-pg", bin, dir, strconv.Itoa(port)}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir = dir
	// Nothing of this program's environment: PGDATA and its like would steer the server.
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: owner}
	p := &process{dir: dir, ended: make(chan struct{})}
	cmd.Stderr = &p.words
	leash, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.leash = leash
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // that it ended is what matters; p.words says why
		close(p.ended)
	}()
	return p, nil
}

// stop lets the server go and waits until nothing of it is left.
func (p *process) stop() error {
	p.once.Do(func() {
		if p.hasEnded() {
			p.err = p.failure()
		}
		_ = p.leash.Close() // fails only when the supervisor is gone already
		<-p.ended
	})
	return p.err
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// failure says why a server ended by itself. It must not be called before p.ended is closed.
func (p *process) failure() error {
	log := strings.TrimSpace(p.words.String())
	if portTaken(log) {
		return errPortTaken
	}
	return fmt.Errorf("docex: throwaway postgresql: the server ended by itself; its log ends with:\n%s", log)
}
