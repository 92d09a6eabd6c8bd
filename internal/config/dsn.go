package config

import (
	"errors"
	"fmt"
	"regexp"
)

// DSN is how to connect, as the file has it: a password may stand in it, or ${VAR} for one. It prints as dots; Expand
// returns the text.
type DSN string

// ErrNoDSN: the file does not say how to connect.
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

// Expand returns the text to connect with. The error matches ErrNoDSN when there is none, or ErrInvalid for a variable
// that is not set; name is what to call the setting in it.
func (d DSN) Expand(name string) (string, error) {
	if d == "" {
		return "", fmt.Errorf("%w: %s is not set", ErrNoDSN, name)
	}
	text, err := expand(string(d))
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrInvalid, name, err)
	}
	return text, nil
}

// What a DSN looks like that holds a password, when environment variables are taken out of it.
var (
	variables = regexp.MustCompile(`\$\{[^}]*\}`)
	password  = regexp.MustCompile(`://[^@]*:[^@]+@|password\s*=\s*[^\s&]`)
)

// Secret reports whether the text itself holds a password, and not ${VAR} in its place.
func (d DSN) Secret() bool { return password.MatchString(variables.ReplaceAllString(string(d), "")) }
