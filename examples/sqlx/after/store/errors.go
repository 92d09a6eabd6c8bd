package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// Errors that callers look for.
var (
	ErrNotFound  = errors.New("not found")
	ErrDuplicate = errors.New("is there already")
	ErrNotEmpty  = errors.New("is not empty")
	ErrInvalid   = errors.New("is not valid")
)

// SQLSTATEs.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	checkViolation      = "23514"
)

// translate says what an error of the database means to callers.
func translate(op string, err error) error {
	var pqErr *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("store: %s: %w", op, ErrNotFound)
	case !errors.As(err, &pqErr):
		return fmt.Errorf("store: %s: %w", op, err)
	}
	switch pqErr.Code {
	case uniqueViolation:
		return fmt.Errorf("store: %s: %s: %w", op, pqErr.ConstraintName, ErrDuplicate)
	case foreignKeyViolation:
		return fmt.Errorf("store: %s: %w", op, ErrNotFound)
	case checkViolation:
		return fmt.Errorf("store: %s: %w", op, ErrInvalid)
	default:
		return fmt.Errorf("store: %s: %w", op, err)
	}
}

// affected turns "no row" into ErrNotFound.
func affected(op string, result sql.Result, err error) error {
	if err != nil {
		return translate(op, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("store: %s: %w", op, err)
	}
	if n == 0 {
		return fmt.Errorf("store: %s: %w", op, ErrNotFound)
	}
	return nil
}
