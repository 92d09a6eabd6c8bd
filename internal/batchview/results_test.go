package batchview

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// results are pgx's, for one statement that returns a tag, or err.
type results struct {
	pgx.BatchResults
	err  error
	read int
}

func (r *results) Exec() (pgconn.CommandTag, error) {
	r.read++
	return pgconn.NewCommandTag("SELECT 1"), r.err
}

// What a callback leaves alone is read for it, an error of its is kept from pgx, and none is called behind one that
// has failed or panicked.
func TestCallback(t *testing.T) {
	theirs, servers := errors.New("the callback's"), errors.New("the server's")
	for name, tt := range map[string]struct {
		fn     func(pgx.BatchResults) error
		err    error // of the server's
		want   error // of the batch
		goesOn bool
		panics bool
	}{
		"reads":            {fn: func(r pgx.BatchResults) error { _, err := r.Exec(); return err }, goesOn: true},
		"reads nothing":    {fn: func(pgx.BatchResults) error { return nil }, goesOn: true},
		"fails":            {fn: func(pgx.BatchResults) error { return theirs }, want: theirs},
		"panics":           {fn: func(pgx.BatchResults) error { panic(theirs) }, panics: true},
		"ignores an error": {fn: func(r pgx.BatchResults) error { _, _ = r.Exec(); return nil }, err: servers, goesOn: true},
	} {
		seen, pgxs := &Outcome{}, &results{err: tt.err}
		if err := seen.Callback(tt.fn)(pgxs); err != nil && err != tt.err {
			t.Errorf("%s: pgx is told of %v", name, err)
		}
		if pgxs.read != 1 {
			t.Errorf("%s: read %d times", name, pgxs.read)
		}
		called := false
		_ = seen.Callback(func(pgx.BatchResults) error { called = true; return nil })(&results{})
		if err := seen.Join(nil); err != tt.want || called != tt.goesOn || seen.Server != tt.err {
			t.Errorf("%s: %v, the server's %v, the next is called %t", name, err, seen.Server, called)
		}
		if (seen.Panicked != nil) != tt.panics {
			t.Errorf("%s: panicked with %v", name, seen.Panicked)
		}
	}
	if (&Outcome{}).Callback(nil) != nil {
		t.Error("no callback is one")
	}
}

// What a callback keeps is of no use behind it.
func TestKeptResults(t *testing.T) {
	var kept pgx.BatchResults
	seen, pgxs := &Outcome{}, &results{}
	if err := seen.Callback(func(r pgx.BatchResults) error { kept = r; return nil })(pgxs); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.Exec(); err != errEnded {
		t.Errorf("Exec: %v", err)
	}
	rows, err := kept.Query()
	if err != errEnded || rows.Next() || rows.Conn() != nil || rows.Err() != errEnded {
		t.Errorf("Query: %v, and rows that end with %v", err, rows.Err())
	}
	if err := kept.QueryRow().Scan(); err != errEnded {
		t.Errorf("QueryRow: %v", err)
	}
	if pgxs.read != 1 {
		t.Errorf("read %d times", pgxs.read)
	}
}
