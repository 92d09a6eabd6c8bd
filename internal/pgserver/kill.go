package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// Killer kills a server of ours as kill -9 would, all of its processes at once, and has it start again on the same data.
// It is used once, by one goroutine.
//
// What was committed survives if synchronous_commit is on in that session: the server hands it to the kernel then, which
// is not killed. Without, which is how our servers run, the last commits are lost as in any crash.
type Killer struct {
	server     *Server
	conn       *pgx.Conn // to ask at the last moment which processes there are
	postmaster int
}

// Killer gets everything ready, so that nothing but the killing is left to [Killer.Kill].
func (s *Server) Killer(ctx context.Context) (*Killer, error) {
	if s.process == nil {
		return nil, errors.New("docex: throwaway postgresql: the server of " + EnvURL + " is not ours to kill")
	}
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		return nil, err
	}
	k := &Killer{server: s, conn: conn}
	const pid = `SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int`
	if err := conn.QueryRow(ctx, pid).Scan(&k.postmaster); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return k, nil
}

// Kill kills the server and returns when it accepts connections again, on the same port, after its recovery.
func (k *Killer) Kill(ctx context.Context) error {
	defer k.conn.Close(ctx) // it is broken by then, or of no more use
	restart := filepath.Join(k.server.process.dir, "restart")
	if err := os.WriteFile(restart, nil, 0o600); err != nil {
		return err
	}
	err := k.killAll(ctx)
	if err == nil {
		err = k.server.waitReady(ctx)
	}
	if err := errors.Join(err, os.Remove(restart)); err != nil {
		return fmt.Errorf("docex: throwaway postgresql: kill: %w", err)
	}
	return nil
}

// killAll stops the parent first: it must not see that a child has died, nor make another one.
func (k *Killer) killAll(ctx context.Context) error {
	if err := syscall.Kill(k.postmaster, syscall.SIGSTOP); err != nil {
		return err
	}
	defer syscall.Kill(k.postmaster, syscall.SIGKILL)
	rows, err := k.conn.Query(ctx, "SELECT pid FROM pg_stat_activity")
	if err != nil {
		return err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}
