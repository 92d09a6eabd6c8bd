// Command docex sets databases up for the docex driver and keeps their tenants: docex init, docex tenant, docex doctor.
// It checks SQL files and Go programs against the guard (docex check, docex vet), runs statements for one tenant (docex
// exec, docex shell), and converts configurations of DocEX v2 (docex config migrate).
//
//	go install github.com/docex/docex/cmd/docex@latest
//	docex help
//
// Exit codes are in "docex help exit-codes", the configuration file in "docex help config-file".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run(os.Args[1:])) }

// run is the program without the end of the process. The first interrupt ends what is under way in an orderly manner,
// the second one ends the process.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	c := newCLI(os.Stdin, os.Stdout, os.Stderr)
	err := c.execute(ctx, args)
	if err != nil {
		c.printError(err)
	}
	return exitCode(ctx, err)
}
