package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

// outcome is what became of one tenant.
type outcome struct {
	data  any // for --json
	print func(w io.Writer) error
}

// refusedJSON is how --json prints what became of one of several tenants for which a command failed.
type refusedJSON struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

// someIDs is for commands that take one id or several.
func someIDs(_ *cobra.Command, ids []string) error {
	if len(ids) == 0 {
		return errors.New("give the id of a tenant, or several")
	}
	sorted := slices.Sorted(slices.Values(ids))
	for i := range len(sorted) - 1 {
		if sorted[i] == sorted[i+1] {
			return fmt.Errorf("%q is there twice", sorted[i])
		}
	}
	return nil
}

// eachTenant runs f for each id, and prints what became of it. A failure of one of several is printed at once, and the
// rest is done all the same, unless it would meet them all; the exit code is that of the worst. As JSON one id gives an
// object, several give an array.
func (c *cli) eachTenant(ctx context.Context, ids []string, f func(id string) (outcome, error)) error {
	if len(ids) == 1 {
		o, err := f(ids[0])
		if err != nil {
			return err
		}
		return c.emit(o.data, o.print)
	}
	var all []any
	var failed worst
	for _, id := range ids {
		o, err := f(id)
		switch {
		case err != nil:
			c.printError(err)
			failed.add(ctx, err)
			o.data = refusedJSON{id, printable(err.Error())}
		case !c.json:
			if err := o.print(c.out); err != nil {
				return err
			}
		}
		all = append(all, o.data)
		if err != nil && (ctx.Err() != nil || meetsAll(err)) {
			break
		}
	}
	if err := c.emit(all, func(io.Writer) error { return nil }); err != nil {
		return err
	}
	return failed.err()
}

// worst is the error with the highest exit code, of several that are printed already.
type worst struct {
	code int
	of   error
}

func (w *worst) add(ctx context.Context, err error) {
	if code := exitCode(ctx, err); code > w.code {
		w.code, w.of = code, err
	}
}

func (w *worst) err() error {
	if w.of == nil {
		return nil
	}
	return printedError{w.of}
}

// printedError ends a command that has printed the error.
type printedError struct{ error }

func (e printedError) Unwrap() error { return e.error }
