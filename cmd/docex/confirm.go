package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
)

// ask prints a question and returns the line that the user types, without the space around it.
func (c *cli) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(c.err, question)
	type answer struct {
		line string
		err  error
	}
	answered := make(chan answer, 1)
	go func() { // reading from a terminal cannot be interrupted; the process ends before it does
		line, err := bufio.NewReader(c.in).ReadString('\n')
		answered <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(c.err)
		return "", errors.New("docex: interrupted; nothing was done")
	case a := <-answered:
		if a.err != nil {
			return "", errNotConfirmed
		}
		return strings.TrimSpace(a.line), nil
	}
}

// confirmed reports whether the user says yes. Where nobody can be asked the error names the flag that says it.
func (c *cli) confirmed(ctx context.Context, question, flag string) error {
	if !isTerminal(c.in) {
		return fmt.Errorf("%w; where there is no terminal give %s", errNotConfirmed, flag)
	}
	line, err := c.ask(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	if line = strings.ToLower(line); line != "y" && line != "yes" {
		return errNotConfirmed
	}
	return nil
}
