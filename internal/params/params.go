// Package params holds the parameters of connections to what docex relies on: which ones a DSN, a program's hook and
// the server itself may set, and to what. [Check] and [CheckConfig] are for what is sent, [CheckReported] for what the
// server says.
//
// Promise: with parameters that pass, the server reads texts as package guard does, and nothing that a pin controls is
// set. Not promised: anything about what a connection sets later, which CheckReported is for.
package params

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Lexer decides how the server reads the text that the guard has read. Its parameters are sent at connect and compared
// with what the server reports before each statement (PostgreSQL manual, 4.1.2.1 "String Constants" and 24.3.3
// "Automatic Character Set Conversion Between Server and Client"). backslash_quote is not among them: with client
// encoding UTF8 its values differ only in refusing more.
var Lexer = map[string]string{"standard_conforming_strings": "on", "client_encoding": "UTF8"}

// lexerNames are their names. To range over a map takes longer than to look up both.
var lexerNames = slices.Sorted(maps.Keys(Lexer))

// CheckReported compares what the server reports of each parameter with what the guard assumes.
func CheckReported(status func(name string) string) error {
	for _, name := range lexerNames {
		got, want := status(name), Lexer[name]
		if got != want && !sameSetting(got, want) {
			return fmt.Errorf("%s is %q and must be %s", name, got, want)
		}
	}
	return nil
}

// sameSetting compares a setting's spelling in a DSN, or as the server reports it, with the one docex needs.
func sameSetting(got, want string) bool {
	return strings.EqualFold(strings.ReplaceAll(got, "-", ""), want)
}

// Reserved may not be set by a DSN or by the environment variables and service files that pgx reads: what the pin
// controls, options, which can set anything, and what makes the server read statements differently from the guard
// (replication: with another grammar).
var Reserved = []string{
	"search_path", "role", "session_authorization", "options", "backslash_quote", "replication",
}

// Check looks at a parameter for the server, whose names are case-insensitive; name is in lower case.
func Check(name, value string) error {
	if slices.Contains(Reserved, name) {
		return fmt.Errorf("%q is set by docex; remove it (from the environment or the service file, "+
			"if it comes from there)", name)
	}
	want, ok := Lexer[name]
	if ok && !sameSetting(value, want) {
		return fmt.Errorf("%q must be %s, or the server reads statements differently from the guard", name, want)
	}
	return nil
}

// CheckConfig holds a configuration that Config.BeforeConnect may have changed to the rules of a DSN. given is what it
// was.
func CheckConfig(c, given *pgx.ConnConfig) error {
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
		if err := Check(strings.ToLower(name), c.RuntimeParams[name]); err != nil {
			return err
		}
	}
	maps.Copy(c.RuntimeParams, Lexer)
	return nil
}

// sameFunc reports whether two functions are the same code, or both nil.
func sameFunc(a, b any) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }
