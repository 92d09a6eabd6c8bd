package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// errTimeUp ends a command that has taken longer than --timeout.
var errTimeUp = errors.New("time is up")

// timeUpError is the error with which a command ended when its time was up.
type timeUpError struct {
	error
	after time.Duration
}

func (e timeUpError) Is(target error) bool { return target == errTimeUp }

func (c *cli) timeoutFlag(root *cobra.Command) {
	root.PersistentFlags().DurationVar(&c.timeout, "timeout", 0,
		"end the command after this `duration`, such as 30s, log-in and waiting for locks included; 0 means never")
}

// limit gives cmd the time that it may take.
func (c *cli) limit(cmd *cobra.Command) error {
	switch {
	case c.timeout < 0:
		return fmt.Errorf("--timeout must not be negative, it is %v", c.timeout)
	case c.timeout > 0:
		c.timed, c.stop = context.WithTimeoutCause(cmd.Context(), c.timeout, errTimeUp)
		cmd.SetContext(c.timed)
	}
	return nil
}

// timeUp ends the limit, and marks an error of a command whose time was up.
func (c *cli) timeUp(err error) error {
	if c.timed == nil {
		return err
	}
	up := context.Cause(c.timed) == errTimeUp
	c.stop()
	if err != nil && up {
		return timeUpError{err, c.timeout}
	}
	return err
}
