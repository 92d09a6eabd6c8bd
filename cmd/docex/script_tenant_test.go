package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
)

// More commands for scripts:
//
//	mode 0600 FILE         wants that mode
//	hold 'SQL'             runs SQL in a transaction, which is open until release, which rolls it back
//	eventually 'SELECT …'  waits until the query, asked again and again, returns true
//	interrupt              sends SIGINT to the program in the background
//	interrupted            behind wait: wants its exit code to be 130
func init() {
	scriptCommands["mode"] = modeCommand
	scriptCommands["hold"] = holdCommand
	scriptCommands["eventually"] = eventuallyCommand
	scriptCommands["interrupt"] = interruptCommand
}

func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode 0600 FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// connectScript opens a session of the administrator, which is closed when the script ends.
func connectScript(ts *testscript.TestScript) *pgx.Conn {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, database(ts).AdminDSN)
	ts.Check(err)
	ts.Defer(func() { conn.Close(context.Background()) })
	return conn
}

func holdCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold 'SQL'")
	}
	conn := connectScript(ts)
	_, err := conn.Exec(context.Background(), "BEGIN; "+args[0])
	ts.Check(err)
	ts.SetCmd("release", func(ts *testscript.TestScript, _ bool, _ []string) {
		_, err := conn.Exec(context.Background(), "ROLLBACK")
		ts.Check(err)
	})
}

func eventuallyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: eventually 'SELECT …'")
	}
	conn := connectScript(ts)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for done := false; !done; {
		ts.Check(conn.QueryRow(ctx, args[0]).Scan(&done))
	}
}

func interruptCommand(ts *testscript.TestScript, neg bool, args []string) {
	programs := ts.BackgroundCmds()
	if neg || len(args) != 0 || len(programs) != 1 {
		ts.Fatalf("usage: interrupt, while one program is in the background")
	}
	ts.Check(programs[0].Process.Signal(os.Interrupt))
	ts.SetCmd("interrupted", func(ts *testscript.TestScript, _ bool, _ []string) {
		if got := programs[0].ProcessState.ExitCode(); got != exitInterrupted {
			ts.Fatalf("exit code %d behind an interrupt, want %d", got, exitInterrupted)
		}
	})
}
