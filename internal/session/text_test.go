package session

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/preparing"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// tokensOf returns what PostgreSQL reads of a text: no blanks, no comments.
func tokensOf(sql string) (tokens []string) {
	s := text.NewScanner(sql)
	for t := s.Next(); t.Kind != text.TokenEOF; t = s.Next() {
		tokens = append(tokens, sql[t.Start:t.End])
	}
	return tokens
}

// The tag is a comment, whatever a tenant is called and however the text ends that the guard has parsed.
func TestTag(t *testing.T) {
	for _, tenant := range []string{"a", "acme", "0", "a-b", "a--b", "a_b", strings.Repeat("x", 40)} {
		if err := scope.ValidateTenantID(tenant); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			"SELECT 1", "SELECT 1 -- a comment", "SELECT 1;", "SELECT 1 /* a comment */", "SELECT 'a'", "SELECT $$a$$",
			"SELECT a AS \"b\"", "SELECT 1 +", "SELECT E'\\''", "", "-- nothing",
		} {
			tagged := sql + tag(tenant)
			if diff := cmp.Diff(tokensOf(sql), tokensOf(tagged)); diff != "" {
				t.Errorf("%q is read as another text (-without +with the tag):\n%s", tagged, diff)
			}
			if strings.Contains(tagged[len(sql):], "/*+") {
				t.Errorf("%q looks like a hint to the planner", tagged)
			}
		}
	}
}

// An id that would end the tag is no tenant's.
func TestTagCannotBeEnded(t *testing.T) {
	for _, id := range []string{"a*/b", "*/", "a/*b", "a\nb", "a b", "+a", "a;b", ""} {
		if scope.ValidateTenantID(id) == nil {
			t.Errorf("%q is a tenant's id", id)
		}
	}
}

func newTestPreparation(prepared, described int) *preparing.Choice {
	return preparing.New(&pgx.ConnConfig{StatementCacheCapacity: prepared, DescriptionCacheCapacity: described})
}

// What pgx is to send, and how.
func TestText(t *testing.T) {
	const sql, tagged = "SELECT 1", "SELECT 1\n/* acme */"
	for _, tt := range []struct {
		name       string
		mode       pgx.QueryExecMode // of the connection
		asked      pgx.QueryExecMode
		local      bool
		bare       bool
		statements int
		full       bool // other texts are prepared
		want       string
		wantMode   pgx.QueryExecMode
	}{
		{name: "prepared", mode: modeStatement, statements: 1, want: tagged},
		{name: "no room", mode: modeStatement, statements: 1, full: true, want: tagged, wantMode: modeDescribe},
		{name: "no room, and no arguments", mode: modeStatement, statements: 1, full: true, bare: true, want: tagged},
		{name: "no room, another mode asked for", mode: modeStatement, asked: modeExec, statements: 1, full: true,
			want: tagged},
		{name: "no room, this mode asked for", mode: modeExec, asked: modeStatement, statements: 1, full: true, want: tagged,
			wantMode: modeDescribe},
		{name: "another mode", mode: modeDescribe, statements: 1, full: true, want: tagged},
		{name: "no statement", mode: modeStatement, statements: 0, want: tagged},
		{name: "several statements", mode: modeStatement, statements: 2, full: true, want: sql},
		{name: "transactions are pinned", mode: modeDescribe, local: true, statements: 1, want: tagged},
	} {
		s := testSession(tt.mode, tt.local)
		for i := 0; tt.full && i < s.prepared.Capacity; i++ {
			s.prepared.Takes("other" + strconv.Itoa(i))
		}
		op := &Operation{Target: acmes, names: names{tag: tag("acme")},
			Request: Request{Op: "query", Text: sql, Effects: guard.Effects{Statements: tt.statements}}}
		got, mode, err := s.Text(op, tt.asked, tt.bare)
		if got != tt.want || mode != tt.wantMode || err != nil {
			t.Errorf("%s: %q, %v, %v; want %q, %v", tt.name, got, mode, err, tt.want, tt.wantMode)
		}
	}
}

// testSession is a session of pgx's that sends nothing.
func testSession(mode pgx.QueryExecMode, local bool) *Session {
	return &Session{conn: &pgx.Conn{}, pins: newPins(Config{}, local), placement: placement{local: local}, mode: mode,
		prepared: newTestPreparation(2, 10)}
}

// A mode that does not go with the pins is refused where it is asked for, before anything is sent.
func TestTextRefusesModes(t *testing.T) {
	var refusal *Error
	op := &Operation{Target: acmes, Request: Request{Op: "query", Text: "SELECT 1", Effects: guard.Effects{Statements: 1}}}
	_, _, err := testSession(modeDescribe, true).Text(op, modeTwoTrips, false)
	if !errors.As(err, &refusal) || refusal.Op != "query" || refusal.TenantID != "acme" {
		t.Errorf("got %v", err)
	}
}

// Another driver's text stays as it is.
func TestTextOfAnotherDriver(t *testing.T) {
	s := (&Shared{}).Over(nil)
	op := &Operation{Target: acmes, Request: Request{Text: "SELECT 1", Effects: guard.Effects{Statements: 1}}}
	if got, mode, err := s.Text(op, modeExec, false); got != "SELECT 1" || mode != 0 || err != nil {
		t.Errorf("%q, %v, %v", got, mode, err)
	}
}

// Each tenant's text is another one, whoever worked before.
func TestTaggedFollowsTheOperation(t *testing.T) {
	for _, tenant := range []string{"acme", "globex", "acme"} {
		op := &Operation{Target: Target{Tenant: tenant}, names: names{tag: tag(tenant)}}
		if got, want := op.Tagged("x"), "x"+tag(tenant); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A prepared statement that runs as a text knows the types of its parameters, as when it was prepared.
func TestTextMode(t *testing.T) {
	for _, tt := range []struct {
		local    bool
		capacity int
		want     pgx.QueryExecMode
	}{
		{false, 2, modeStatement}, {false, 0, modeTwoTrips}, {true, 2, modeDescribe}, {true, 0, modeDescribe},
	} {
		s := testSession(modeExec, tt.local)
		s.prepared = newTestPreparation(tt.capacity, 10)
		if got := s.TextMode(); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
		if err := s.checkExecMode(s.TextMode()); err != nil {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
