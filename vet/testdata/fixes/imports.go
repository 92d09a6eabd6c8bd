package fixes

import (
	"errors"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

var _ pgconn.PgError

func named(dsn string, err error) (*sqlx.DB, error) {
	var e *pq.Error
	if errors.As(err, &e) && e != nil { // want `^libpq: `
		return nil, errors.New(e.Constraint + string(e.Code))
	}
	_ = driver.Name
	return sqlx.Open("postgres", dsn) // want `^unguarded: `
}

func kept(err error) error {
	var e *pq.Error
	if errors.As(err, &e) { // want `^libpq: `
		return e
	}
	return nil
}
