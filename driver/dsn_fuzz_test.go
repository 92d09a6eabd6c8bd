package driver

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/internal/params"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// FuzzParseDSN: whatever a DSN says, no parameter of docex and none that docex keeps for itself gets to the server; the
// lexer's settings do; and all else is as pgx has it. A DSN that pgx refuses is refused.
func FuzzParseDSN(f *testing.F) {
	for _, params := range []map[string]string{nil, everySetting, {"docex_pin": "x"}, {"search_path": "public"}, {"DOCEX_PIN": "auto"}} {
		for _, dsn := range dsnForms(params) {
			f.Add(dsn)
		}
	}
	for _, dsn := range []string{
		"", "host=h", "postgres://", "postgres://u:p@[::1]:5432,h2/db?docex%5Fpin=session", "postgres://h/db?docex_pin=a&docex_pin=auto",
		"host=h docex_shared_schemas='a, \"B \"\"c\"' options=-crole=x", "postgres://h/?%20docex_pin=x", "host=h role=x ROLE=y",
		"host=h Search_Path=x", "postgres://h/db?SEARCH_PATH=x&session_authorization=y", "host=h docex.pin=1 docex_max_bytes=-1",
		"host=h client_encoding=utf-8 standard_conforming_strings=on", "host=h client_encoding=sql_ascii", "host=h dbname='a b",
		"host=h default_query_exec_mode=exec", "postgres://h/db?default_query_exec_mode=x", "host=h password = hunter2 port=x",
	} {
		f.Add(dsn)
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		if strings.Contains(dsn, "/dev") || strings.Contains(dsn, "/proc") {
			t.Skip("pgx reads the files that a DSN names; these may never end")
		}
		theirs, refused := pgx.ParseConfig(dsn)
		s, err := parseDSN(dsn, Config{})
		if err != nil {
			if s.conn != nil || s.config.Pin != 0 {
				t.Errorf("an error, %v, and a result", err)
			}
			return
		}
		if refused != nil {
			t.Fatalf("pgx refuses it: %v", refused)
		}
		for name := range s.conn.RuntimeParams {
			lower := strings.ToLower(name)
			if strings.HasPrefix(strings.TrimSpace(lower), "docex") || slices.Contains(params.Reserved, lower) {
				t.Errorf("%q gets to the server", name)
			}
		}
		for name, want := range params.Lexer {
			if got := s.conn.RuntimeParams[name]; got != want {
				t.Errorf("%s is %q, want %s", name, got, want)
			}
		}
		for _, sent := range []map[string]string{s.conn.RuntimeParams, theirs.RuntimeParams} {
			maps.DeleteFunc(sent, func(name, _ string) bool {
				_, lexer := params.Lexer[strings.ToLower(name)]
				return lexer || strings.HasPrefix(name, "docex_")
			})
		}
		if diff := cmp.Diff(theirs.RuntimeParams, s.conn.RuntimeParams); diff != "" {
			t.Error(diff)
		}
		if s.conn.Host != theirs.Host || s.conn.User != theirs.User || s.conn.Password != theirs.Password || s.conn.Database != theirs.Database {
			t.Error("it connects elsewhere than pgx")
		}
		if !s.modeNamed && s.conn.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement {
			t.Errorf("mode %v, and it was not named", s.conn.DefaultQueryExecMode)
		}
	})
}
