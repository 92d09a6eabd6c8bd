package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/docex/docex/provision"
)

// notConfirmed ends a command that somebody was to agree to, and has not. The remedy is how to agree on the command
// line.
func notConfirmed(remedy string) error {
	return advisedError{fmt.Errorf("%w; nothing was done", provision.ErrNotConfirmed), remedy}
}

// ask prints a question and returns the line that the user types, without the space around it.
func (c *cli) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.err, question)
	line, err := lineBefore(ctx, func() (string, error) { return bufio.NewReader(c.in).ReadString('\n') })
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(c.err)
		return "", errors.New("docex: interrupted; nothing was done")
	case err != nil:
		return "", notConfirmed("")
	}
	return strings.TrimSpace(line), nil
}

// lineBefore is read, or ctx's error when that ends first. Reading from a terminal cannot be interrupted: it is left
// behind, and ends with the process.
func lineBefore(ctx context.Context, read func() (string, error)) (line string, err error) {
	done := make(chan struct{})
	var got string
	var failed error
	go func() {
		defer close(done)
		got, failed = read()
	}()
	select {
	case <-done:
		return got, failed
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// confirmed reports whether the user says yes. Where nobody can be asked the error names the flag that says it.
func (c *cli) confirmed(ctx context.Context, question, flag string) error {
	if !isTerminal(c.in) {
		return notConfirmed(flag + ", where there is no terminal to ask at")
	}
	line, err := c.ask(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	if line = strings.ToLower(line); line != "y" && line != "yes" {
		return notConfirmed("")
	}
	return nil
}
