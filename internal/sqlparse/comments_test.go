package sqlparse

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
)

// TestCommentsAfterLookahead puts a comment between every two tokens that pg_query reads together, and checks that
// names and their offsets are those of the text that the server gets.
func TestCommentsAfterLookahead(t *testing.T) {
	for _, sql := range []string{
		"SELECT /* é */ x.a FROM s.t x WHERE a NOT /* é\n */ IN (1)",
		"SELECT a NOT -- é\n BETWEEN 1 AND 2 FROM /* é */ s.t",
		"SELECT 1 FROM s.t ORDER BY a NULLS /**/ LAST",
		"SELECT x FROM ROWS FROM (f() /* c */) WITH /* c */ ORDINALITY, s.t",
		"SELECT '1'::time WITHOUT /* c */ TIME ZONE FROM s.t",
		"SELECT U&'a' /* c */ UESCAPE '!' FROM s.t",
	} {
		facts, err := Parse(sql, text.Limits{})
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if r := facts.Statements[0].Relations; len(r) != 1 || r[0].Offset != strings.Index(sql, "s.t") {
			t.Errorf("%s: relations %+v", sql, r)
		}
	}
}

// TestBlankedCommentsJoinNothing: what is no statement with its comments is none without them.
func TestBlankedCommentsJoinNothing(t *testing.T) {
	var syn *SyntaxError
	for _, sql := range []string{
		"SELECT 'a' /* c */\n 'b'", "SELECT 'a'\n/**/'b'", "SELECT 1 /* c */ FROM FROM -- d",
		"SELECT U&'a'/**/\n'b' UESCAPE '!'",
	} {
		if facts, err := Parse(sql, text.Limits{}); !errors.As(err, &syn) {
			t.Errorf("%s: %+v, %v", sql, facts, err)
		}
	}
	if _, err := Parse("SELECT 1 WHERE a = ?", text.Limits{}); !errors.As(err, &syn) || !syn.Question {
		t.Errorf("placeholder of other databases: %+v", err)
	}
	if _, err := Parse("SELECT '?' WHERE", text.Limits{}); !errors.As(err, &syn) || syn.Question {
		t.Errorf("? in a constant: %+v", err)
	}
}
