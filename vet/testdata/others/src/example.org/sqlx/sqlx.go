// Package sqlx has the names of sqlx, as a fork has them.
package sqlx

import (
	"context"
	"database/sql"
)

type (
	DB        struct{ *sql.DB }
	NamedStmt struct{}
)

func (*DB) Queryx(query string, args ...any)                               {}
func (*DB) Select(dest any, query string, args ...any)                     {}
func (*DB) SelectContext(context.Context, any, string, ...any)             {}
func (*DB) NamedExec(query string, arg any)                                {}
func (*DB) NamedExecContext(ctx context.Context, query string, arg any)    {}
func Open(driverName, dataSourceName string) *DB                           { return nil }
func BindNamed(bindType int, query string, arg any) (string, []any, error) { return "", nil, nil }
func Rebind(bindType int, query string) string                             { return "" }
func In(query string, args ...any) (string, []any, error)                  { return "", nil, nil }
