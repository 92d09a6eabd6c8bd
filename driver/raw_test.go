package driver_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/docex/docex/driver"
)

// What loses the connection while a transaction is open on it does not hang: database/sql's Raw would wait for the
// transaction when it is told of a bad connection, or of a panic.
func TestLostInTransaction(t *testing.T) {
	db := newWorld(t).open(t, 1)
	column := []string{"name"}
	panicking := writer(func([]byte) (int, error) { panic("a mistake in Write") })
	sleep := texts("SELECT count(*) FROM generate_series(1, 1000000000)")
	unfit := texts("SELECT 1") // sent with the next one, or not at all: pgx gives up the connection
	unfit.Queue("SELECT 1", "an argument too many")
	for name, lose := range map[string]func(ctx context.Context, c *sql.Conn) error{
		"batch, late":   func(ctx context.Context, c *sql.Conn) error { return driver.SendBatch(ctx, c, sleep) },
		"batch, unfit":  func(ctx context.Context, c *sql.Conn) error { return driver.SendBatch(ctx, c, unfit) },
		"copy, panic":   func(ctx context.Context, c *sql.Conn) error { return copyTo(ctx, c, panicking, column) },
		"copy, no rows": func(ctx context.Context, c *sql.Conn) error { return copyTo(ctx, c, brokenWriter, column) },
	} {
		t.Run(name, func(t *testing.T) {
			c := checkout(t, db)
			tx, err := c.BeginTx(as("acme"), nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(as("acme"), 50*time.Millisecond)
			defer cancel()
			func() {
				defer func() { _ = recover() }()
				if err := lose(ctx, c); err == nil {
					t.Error("no error")
				}
			}()
			if _, err := tx.ExecContext(as("acme"), "SELECT 1"); !errors.Is(err, sqldriver.ErrBadConn) {
				t.Errorf("got %v, want %v", err, sqldriver.ErrBadConn)
			}
			if err := driver.SendBatch(as("acme"), c, texts("SELECT 1")); !errors.Is(err, sqldriver.ErrBadConn) {
				t.Errorf("got %v, want %v", err, sqldriver.ErrBadConn)
			}
			_, _ = tx.Rollback(), c.Close() // the connection is lost
			wantClean(t, db)
		})
	}
}

func copyTo(ctx context.Context, c *sql.Conn, w io.Writer, columns []string) error {
	_, err := driver.CopyTo(ctx, c, w, "docbasket", columns)
	return err
}

var brokenWriter = writer(func([]byte) (int, error) { return 0, io.ErrShortWrite })
