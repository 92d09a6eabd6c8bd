package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// DSN is how to connect, as the file has it: a password may stand in it, or ${VAR} for one. It prints as dots; Expand
// returns the text.
type DSN string

// ErrNoDSN: neither the file nor the variable that it names says how to connect.
var ErrNoDSN = errors.New("docex: no DSN")

// String hides the text.
func (d DSN) String() string {
	if d == "" {
		return ""
	}
	return "••••••"
}

// GoString hides the text from %#v.
func (d DSN) GoString() string { return fmt.Sprintf("%q", d.String()) }

// MarshalText hides the text from JSON and the like.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Expand returns the text to connect with. The error matches ErrNoDSN when there is none or its variable is not set,
// or ErrInvalid for what is no variable, or a URL that would be misread; name is what to call the setting in it.
func (d DSN) Expand(name string) (string, error) {
	if d == "" {
		return "", fmt.Errorf("%w: %s is not set", ErrNoDSN, name)
	}
	text, err := expand(string(d))
	if errors.Is(err, errNotSet) {
		return "", fmt.Errorf("%w: %s: %w", ErrNoDSN, name, err)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrInvalid, name, err)
	}
	if misread(text) {
		return "", fmt.Errorf("%w: %s: an @ too many for a URL; if it, or a /, is part of the password write %%40 and %%2F",
			ErrInvalid, name)
	}
	return text, nil
}

// misread reports whether a URL would be taken apart in the middle of its password. One with an @ or a / that is not
// percent-encoded leaves a piece of it in the name of the host or the database, which errors show and name servers are
// asked for. In parameters an @ is right.
func misread(dsn string) bool {
	scheme, rest, ok := strings.Cut(dsn, "://")
	rest, _, _ = strings.Cut(rest, "?")
	before, after, slash := strings.Cut(rest, "/")
	ok = ok && (scheme == "postgres" || scheme == "postgresql") // what else is no URL to pgx
	return ok && (strings.Count(before, "@") > 1 || slash && strings.Contains(after, "@"))
}

// What a DSN looks like that holds a password, when environment variables are taken out of it.
var (
	variables = regexp.MustCompile(`\$\{[^}]*\}`)
	password  = regexp.MustCompile(`://[^@]*:[^@]+@|password\s*=\s*[^\s&]`)
)

// Secret reports whether the text itself holds a password, and not ${VAR} in its place.
func (d DSN) Secret() bool { return password.MatchString(variables.ReplaceAllString(string(d), "")) }
