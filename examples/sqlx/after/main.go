// Command docs serves baskets of documents, and has a job that runs at night.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/docex/docex/examples/sqlx/after/app"
)

func main() {
	file := flag.String("config", "docs.json", "configuration `file`")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: docs [-config file] serve|expire")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(*file, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(file string, args []string) error {
	cfg, err := app.ReadConfig(file)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	switch {
	case len(args) == 1 && args[0] == "serve":
		return app.Serve(ctx, cfg, log)
	case len(args) == 1 && args[0] == "expire":
		return app.Expire(ctx, cfg, log)
	default:
		return fmt.Errorf("want serve or expire, not %q", args)
	}
}
