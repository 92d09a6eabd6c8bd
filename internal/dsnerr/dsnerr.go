// Package dsnerr keeps passwords out of what is said about a DSN that cannot be read.
package dsnerr

import (
	"errors"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ParsePlain returns what a DSN means without the docex driver: no setting of docex is in it.
func ParsePlain(dsn string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, WithoutSecrets(err)
	}
	maps.DeleteFunc(c.RuntimeParams, func(name, _ string) bool { return strings.HasPrefix(name, "docex_") })
	return c, nil
}

// syntaxHints replace what pgx says of a DSN that it cannot take apart. It quotes pieces of it, which can be pieces of
// a password: those with spaces, quotes or delimiters in them are what usually goes wrong.
var syntaxHints = map[string]string{
	"failed to parse as keyword/value": "failed to parse as keyword/value: pairs name=value are needed, values with " +
		"spaces in " +
		"single quotes (URLs begin with postgres:// or postgresql://)",
	"failed to parse as URL": "failed to parse as URL: special characters need percent-encoding, and parameters the " +
		"form name=value",
}

// WithoutSecrets returns a *pgconn.ParseConfigError without the DSN: pgx's own holds all of it, and masks passwords in
// its text only where it recognizes them.
func WithoutSecrets(err error) error {
	var pe *pgconn.ParseConfigError
	if !errors.As(err, &pe) {
		return errors.New("cannot parse the DSN")
	}
	const placeholder = "DSN"
	text, _ := strings.CutPrefix(pe.Error(), pgconn.NewParseConfigError(pe.ConnString, "", nil).Error())
	cause := errors.Unwrap(pe)
	if cause != nil {
		text = strings.TrimSuffix(text, " ("+cause.Error()+")")
	}
	if hint, ok := syntaxHints[text]; ok {
		return pgconn.NewParseConfigError(placeholder, hint, nil)
	}
	return pgconn.NewParseConfigError(placeholder, text, cause)
}
