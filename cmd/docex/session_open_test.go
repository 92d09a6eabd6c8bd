package main

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// The settings count in either form of a DSN, whatever it says itself.
func TestWithSettings(t *testing.T) {
	for _, dsn := range []string{
		"postgres://app:p%40ss@db:5433/docs?default_query_exec_mode=simple_protocol&sslmode=disable",
		"postgres://app:p%40ss@db:5433/docs?sslmode=disable",
		"host=db port=5433 user=app password='p@ss' dbname=docs default_query_exec_mode=simple_protocol sslmode=disable",
	} {
		c, err := pgx.ParseConfig(withSettings(dsn, []string{"default_query_exec_mode", "exec", "x.y", "z"}))
		if err != nil {
			t.Fatal(err)
		}
		if c.DefaultQueryExecMode != pgx.QueryExecModeExec || c.RuntimeParams["x.y"] != "z" ||
			c.Host != "db" || c.Port != 5433 || c.User != "app" || c.Password != "p@ss" || c.Database != "docs" {
			t.Errorf("%s: got %v, %q", dsn, c.DefaultQueryExecMode, c.RuntimeParams)
		}
	}
}
