package sqlfile

import (
	"regexp"
	"strings"
)

// variables knows which of psql's variables can hold numbers only, wherever a script stands.
type variables struct {
	state map[string]variable
	lost  bool // a command has set variables, and the script does not say plainly which
	inIf  int  // \if that wait for \endif
}

type variable uint8

const (
	isNumber variable = iota + 1
	isAnything
)

// number has no sign: after another minus that would begin a comment.
var number = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// plainName is the name of a variable as it stands: psql would take quotes and other variables out of 'x' and :x first.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_\x{80}-\x{10FFFF}]+$`)

// ownVariable are those that psql sets after each statement, to words of the server's.
var ownVariable = regexp.MustCompile(`^(LAST_ERROR_.*|SQLSTATE|ERROR)$`)

func (v *variables) number(name string) bool { return v.state[name] == isNumber && !v.lost }

// command notes what a command sets. A number that is set under a condition may not be set at all.
func (v *variables) command(name, args string) {
	words := strings.Fields(args)
	switch name {
	case "if":
		v.inIf++
	case "endif":
		v.inIf = max(0, v.inIf-1) // psql ignores one too many
	case "set":
		if len(words) > 0 {
			v.assign(words[0], len(words) == 2 && number.MatchString(words[1]))
		}
	case "unset", "getenv":
		if len(words) > 0 {
			v.assign(words[0], false)
		}
	case "prompt", "i", "ir", "include", "include_relative":
		v.lost = true
	}
}

// sent notes that \gset makes variables of columns.
func (v *variables) sent(name string) { v.lost = v.lost || name == "gset" }

func (v *variables) assign(name string, toNumber bool) {
	if v.state == nil {
		v.state = map[string]variable{}
	}
	switch {
	case !plainName.MatchString(name):
		v.lost = true
	case !toNumber || ownVariable.MatchString(name):
		v.state[name] = isAnything
	case v.state[name] == 0 && v.inIf == 0:
		v.state[name] = isNumber
	}
}
