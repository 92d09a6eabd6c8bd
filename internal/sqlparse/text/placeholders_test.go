package text

import (
	"errors"
	"testing"
)

func TestPlaceholderError(t *testing.T) {
	for sql, offset := range map[string]int{
		`SELECT 1 AS x$$, '$$ $1 '`:   12,
		`SELECT name'\', '$1'`:        11,
		"SELECT E'a'\n'\\' $1 '":      7,
		`SELECT id, regclass$1`:       11,
		"SELECT $\u00e9$ $1 $\u00e9$": 7,
		`SELECT 1 -- $1` + "\n, v$x":  17,
		`SELECT "a$1", v$x`:           14,
	} {
		var p *PlaceholderError
		if err := CheckPlaceholders(sql); !errors.As(err, &p) || p.Offset != offset {
			t.Errorf("%s: got %v, want a PlaceholderError at %d", sql, err, offset)
		}
	}
}

func TestHasQuestionMark(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT a = ?": true, "SELECT a ?| b": true, "SELECT '?'": false, `SELECT "?" -- ?`: false,
		"SELECT a = $1 /* ? */": false,
	} {
		if got := HasQuestionMark(sql); got != want {
			t.Errorf("%s: got %v", sql, got)
		}
	}
}
