package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// shell reads statements and commands and runs them, one after the other.
type shell struct {
	*cli
	session *tenantSession
	catalog *sql.DB // for \d

	// readLine asks for a line without its end. The error is io.EOF at the end of the input, errInterrupted when the
	// line is given up, or another one after which there is no more to read.
	readLine   func(prompt string) (string, error)
	interrupts <-chan os.Signal // end the statement that is running

	expanded bool
}

var (
	errQuit        = errors.New("quit") // what \q says
	errInterrupted = errors.New("interrupted")
	errEnded       = errors.New("shell: ended by a signal")
)

// loop reads until the end of the input, \q, or the end of ctx. What a statement or a command fails with is shown, and
// ends nothing.
func (sh *shell) loop(ctx context.Context) error {
	pending := ""
	for {
		line, err := lineBefore(ctx, func() (string, error) { return sh.readLine(sh.prompt(pending)) })
		switch {
		case errors.Is(err, errInterrupted):
			pending = ""
			continue
		case errors.Is(err, errLineTooLong):
			sh.printError(err)
			pending = ""
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(sh.err)
			return nil
		case ctx.Err() != nil:
			return errEnded
		case err != nil:
			return err
		}
		if pending, err = sh.take(ctx, pending, line); err != nil {
			return nil
		}
	}
}

// prompt says where a transaction or a statement is, much as psql's.
func (sh *shell) prompt(pending string) string {
	mark := map[txState]string{txNone: "=", txOpen: "=*", txFailed: "!"}[sh.session.tx]
	if pending != "" {
		mark = "-"
	}
	return sh.session.uc.TenantID + mark + "> "
}

// endWords end the shell as in psql, but not in the middle of a statement.
var endWords = []string{"exit", "quit"}

// take runs what a line completes, and returns what it leaves open. The error is errQuit.
func (sh *shell) take(ctx context.Context, pending, line string) (rest string, err error) {
	typed := strings.TrimSpace(line)
	switch {
	case pending != "":
	case strings.HasPrefix(typed, `\`):
		return "", sh.command(ctx, typed)
	case slices.Contains(endWords, strings.TrimRight(typed, "; ")): // no statement begins so
		return "", errQuit
	}
	statements, rest := splitEnded(pending + line + "\n")
	for _, st := range statements {
		if err := sh.statement(ctx, st); err != nil {
			sh.printError(err)
			return "", nil // what was typed after it was meant to follow it
		}
	}
	if blank(rest) {
		rest = ""
	}
	return rest, nil
}

func (sh *shell) statement(ctx context.Context, statement string) error {
	return sh.interruptible(ctx, func(ctx context.Context) error {
		return sh.session.run(ctx, statement, nil, sh.resultWriter(false, sh.expanded))
	})
}

// interruptible runs f with a context that an interrupt ends.
func (sh *shell) interruptible(ctx context.Context, f func(context.Context) error) error {
	select {
	case <-sh.interrupts: // it came too late for the statement before
	default:
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-sh.interrupts:
			cancel()
		case <-ctx.Done():
		}
	}()
	return f(ctx)
}
