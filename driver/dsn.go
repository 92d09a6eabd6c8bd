package driver

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/internal/dsnerr"
	"github.com/docex/docex/internal/session"
)

// source is what a DSN says.
type source struct {
	conn   *pgx.ConnConfig // without the settings of docex
	config Config          // the caller's, completed with the settings of docex
	// modeNamed says whether default_query_exec_mode was given, or conn.DefaultQueryExecMode is pgx's own default.
	modeNamed bool
}

// parseDSN reads a DSN in pgx's URL or keyword form, takes the settings of docex out of it and fixes the server's
// settings that docex relies on. pgx completes a DSN from environment variables and service files; what comes from
// there is held to the same rules. No error holds a secret, neither in its text nor in a field.
func parseDSN(dsn string, cfg Config) (source, error) {
	// pgx takes its own parameters out of what it parsed, pgconn does not know them: so this shows whether the execution
	// mode was named.
	plain, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return source{}, dsnerr.WithoutSecrets(err)
	}
	pc, err := pgx.ParseConfig(dsn)
	if err != nil {
		return source{}, dsnerr.WithoutSecrets(err)
	}
	_, named := plain.RuntimeParams["default_query_exec_mode"]
	if _, sized := plain.RuntimeParams["description_cache_capacity"]; !sized {
		pc.DescriptionCacheCapacity = session.DescriptionCapacity
	}
	s := source{conn: pc, config: cfg, modeNamed: named}
	for _, name := range slices.Sorted(maps.Keys(pc.RuntimeParams)) {
		if err := s.take(name, pc.RuntimeParams[name]); err != nil {
			return source{}, fmt.Errorf("DSN: %w", err)
		}
	}
	maps.Copy(pc.RuntimeParams, session.LexerParams)
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
		return checkParam(lower, value)
	}
	i := slices.IndexFunc(settings, func(known setting) bool { return known.name == name })
	if i < 0 {
		return fmt.Errorf("unknown setting %.63q; those of docex are %s", name, strings.Join(settingNames(), ", "))
	}
	if err := settings[i].set(&s.config, value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	delete(s.conn.RuntimeParams, name)
	return nil
}

// paramName is what the server takes as the name of a setting, but for letters outside ASCII.
var paramName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$.]*$`)

// reservedParams may not be set by a DSN or by the environment variables and service files that pgx reads: what the pin
// controls, options, which can set anything, and what makes the server read statements differently from the guard
// (replication: with another grammar).
var reservedParams = []string{
	"search_path", "role", "session_authorization", "options", "backslash_quote", "replication",
}

// checkParam looks at a parameter for the server, whose names are case-insensitive; name is in lower case.
func checkParam(name, value string) error {
	if slices.Contains(reservedParams, name) {
		return fmt.Errorf("%q is set by docex; remove it (from the environment or the service file, "+
			"if it comes from there)", name)
	}
	want, ok := session.LexerParams[name]
	if ok && !session.SameSetting(value, want) {
		return fmt.Errorf("%q must be %s, or the server reads statements differently from the guard", name, want)
	}
	return nil
}

// checkConfig holds a configuration that Config.BeforeConnect may have changed to the rules of a DSN. given is what it
// was.
func checkConfig(c, given *pgx.ConnConfig) error {
	switch {
	case c.Config.AfterConnect != nil:
		return errors.New("BeforeConnect has set pgconn's AfterConnect, which would run statements for nobody; " +
			"use Config.AfterConnect")
	case !sameFunc(c.ValidateConnect, given.ValidateConnect):
		return errors.New("BeforeConnect has set ValidateConnect, which would run statements for nobody; " +
			"use target_session_attrs in the DSN")
	case c.AfterNetConnect != nil:
		return errors.New("BeforeConnect has set AfterNetConnect, which would hide the socket that docex watches; " +
			"use DialFunc")
	}
	for _, name := range slices.Sorted(maps.Keys(c.RuntimeParams)) {
		if strings.HasPrefix(strings.ToLower(name), "docex") {
			return fmt.Errorf("BeforeConnect has set %q, which belongs into the DSN or into Config", name)
		}
		if err := checkParam(strings.ToLower(name), c.RuntimeParams[name]); err != nil {
			return err
		}
	}
	maps.Copy(c.RuntimeParams, session.LexerParams)
	return nil
}

// sameFunc reports whether two functions are the same code, or both nil.
func sameFunc(a, b any) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }
