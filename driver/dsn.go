package driver

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/docex/docex/internal/dsnerr"
	"github.com/docex/docex/internal/params"
	"github.com/docex/docex/internal/session"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// source is what a DSN says.
type source struct {
	conn   *pgx.ConnConfig // without the settings of docex
	config Config          // the caller's, completed with the settings of docex

	modeNamed       bool // default_query_exec_mode was given; otherwise conn.DefaultQueryExecMode is pgx's own default
	statementsSized bool // statement_cache_capacity was given
}

// parseDSN reads a DSN in pgx's URL or keyword form, takes the settings of docex out of it and fixes the server's
// settings that docex relies on. pgx completes a DSN from environment variables and service files; what comes from
// there is held to the same rules. No error holds a secret, neither in its text nor in a field.
func parseDSN(dsn string, cfg Config) (source, error) {
	// pgx takes its own parameters out of what it parsed, pgconn does not know them: so this shows whether the execution
	// mode was named.
	plain, plainErr := pgconn.ParseConfig(dsn)
	pc, err := pgx.ParseConfig(dsn)
	if err = cmp.Or(plainErr, err); err != nil {
		return source{}, dsnerr.WithoutSecrets(err)
	}
	given := func(name string) bool { _, ok := plain.RuntimeParams[name]; return ok }
	if !given("description_cache_capacity") {
		pc.DescriptionCacheCapacity = session.DescriptionCapacity
	}
	s := source{conn: pc, config: cfg, modeNamed: given("default_query_exec_mode"),
		statementsSized: given("statement_cache_capacity")}
	for _, name := range slices.Sorted(maps.Keys(pc.RuntimeParams)) {
		if err := s.take(name, pc.RuntimeParams[name]); err != nil {
			return source{}, fmt.Errorf("DSN: %w", err)
		}
	}
	maps.Copy(pc.RuntimeParams, params.Lexer)
	return s, nil
}

// take checks a parameter, and moves one of docex from conn to config.
func (s *source) take(name, value string) error {
	if !paramName.MatchString(name) {
		// What stands there can be anything, a password among it.
		return errors.New("the name of a parameter is malformed (URLs begin with postgres:// or postgresql://)")
	}
	lower := strings.ToLower(name)
	if !strings.HasPrefix(lower, "docex") {
		return params.Check(lower, value)
	}
	i := slices.IndexFunc(settings, func(known setting) bool { return known.name == name })
	if i < 0 {
		var known []string
		for _, s := range settings {
			known = append(known, s.name)
		}
		return fmt.Errorf("unknown setting %.63q; those of docex are %s", name, strings.Join(known, ", "))
	}
	if err := settings[i].set(&s.config, value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	delete(s.conn.RuntimeParams, name)
	return nil
}

// paramName is what the server takes as the name of a setting, but for letters outside ASCII.
var paramName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$.]*$`)
