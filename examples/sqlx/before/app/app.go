// Package app puts the parts of the program together.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"

	"github.com/docex/docex/examples/sqlx/before/job"
	"github.com/docex/docex/examples/sqlx/before/store"
	"github.com/docex/docex/examples/sqlx/before/web"
)

// open connects to a database.
func open(ctx context.Context, dsn string, maxConns int) (*sqlx.DB, error) {
	db, err := sqlx.ConnectContext(ctx, "postgres", dsn)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	db.SetConnMaxLifetime(time.Hour)
	return db, nil
}

// Handler returns the program's routes. Call closeDB when no request is left.
func Handler(ctx context.Context, cfg Config, log *slog.Logger) (h http.Handler, closeDB func() error, err error) {
	db, err := open(ctx, cfg.DSN, cfg.MaxConns)
	if err != nil {
		return nil, nil, err
	}
	s, err := store.New(db)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return web.New(s, cfg.Sessions, log).Handler(), db.Close, nil
}

// Serve answers requests until ctx ends, and finishes those that are under way.
func Serve(ctx context.Context, cfg Config, log *slog.Logger) error {
	handler, closeDB, err := Handler(ctx, cfg, log)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: cfg.Listen, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, closeDB())
	}
	return errors.Join(<-stopped, closeDB())
}

// Expire deletes what has expired, for one customer after the other. An error of one does not keep it from the others.
func Expire(ctx context.Context, cfg Config, log *slog.Logger) error {
	var errs []error
	for customer, dsn := range cfg.Customers {
		errs = append(errs, expire(ctx, customer, dsn, log))
	}
	return errors.Join(errs...)
}

func expire(ctx context.Context, customer, dsn string, log *slog.Logger) error {
	db, err := open(ctx, dsn, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	s, err := store.New(db)
	if err != nil {
		return err
	}
	_, err = job.Expire(ctx, s, customer, time.Now(), log)
	return err
}
