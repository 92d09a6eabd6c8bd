// Package libpq was written for lib/pq.
package libpq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/docex/docex/driver"
	"github.com/lib/pq"
)

const dsn = "host=db binary_parameters=yes"

func deadErrors(err error, other any) error {
	if e, ok := err.(*pq.Error); ok { // want `^libpq: \*pq.Error: no error of docex is one, so this is never true; look for a \*pgconn.PgError with errors.As$`
		return errors.New(e.Code.Name())
	}
	e := err.(*pq.Error)       // want `^libpq: \*pq.Error`
	_, ok := other.(*pq.Error) // want `^libpq: \*pq.Error`
	var pe *pq.Error
	if errors.As(err, &pe) { // want `^libpq: \*pq.Error`
		return pe
	}
	if pe, ok := errors.AsType[*pq.Error](err); ok { // want `^libpq: \*pq.Error`
		return pe
	}
	switch e := err.(type) {
	case *pq.Error: // want `^libpq: \*pq.Error`
		return e
	case fmt.Stringer, interface{ SQLState() string }:
	}
	if e, ok := err.(*pq.Error); ok { //docex:ignore of another database
		return e
	}
	var none *driver.Error
	_, _ = ok, errors.As(err, &none)
	return e
}

func connections(ctx context.Context, tx *sql.Tx) {
	tx.PrepareContext(ctx, pq.CopyIn("document", "name"))               // want `^libpq: pq.CopyIn: it needs a connection of lib/pq; use driver.CopyFrom$`
	tx.PrepareContext(ctx, pq.CopyInSchema("x", "document", "name"))    // want `^libpq: pq.CopyInSchema`
	pq.NewListener(dsn, 0, 0, nil)                                      // want `^libpq: pq.NewListener: .*; tenants cannot LISTEN: listen on a connection of its own`
	sql.Register("mine", &pq.Driver{})                                  // want `^libpq: pq.Driver: .*; use the driver "docex"$`
	pq.NewConnector(dsn)                                                // want `^unguarded: pq.NewConnector goes around docex`
	tx.ExecContext(ctx, "SELECT name FROM document", pq.Array([]int{})) // arrays work
	_ = pq.QuoteIdentifier("x")
	_ = pq.ErrorCode("23505")
	pq.NewListener(dsn, 0, 0, nil) //docex:admin listens for all tenants
}

func options(name string) {
	sql.Open("docex", dsn)                                                                        // want `^libpq: binary_parameters: pgx does not know this option of the DSN, and the server refuses it; leave it out$`
	sql.Open("docex", "postgres://db/app?fallback_application_name=app")                          // want `^libpq: fallback_application_name: .*; use application_name$`
	driver.NewConnector("sslinline=true", driver.Config{})                                        // want `^libpq: sslinline: .*; name files with sslcert and sslkey$`
	sql.Open("postgres", "disable_prepared_binary_result=yes")                                    // want `^unguarded: ` `^libpq: disable_prepared_binary_result`
	sql.Open("docex", "postgres://db/app?application_name=app&sslmode=require")                   // as ever
	sql.Open("docex", "host=db sslmode=verify-ca sslrootcert=/nowhere.pem binary_parameters=yes") // not read
	sql.Open("mysql", dsn)
	sql.Open("docex", name)
}
