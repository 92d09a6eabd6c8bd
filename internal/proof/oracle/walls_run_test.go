package oracle

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
)

// What a statement did. Where several are true the first is noted.
const (
	reachedRows     = "rows"     // shows, or changes, rows that are not the tenant's
	changedDatabase = "database" // leaves something in the database outside every schema
	changedSession  = "session"  // changes what the session remembers: role, path, settings, locks, cursors
	showedNames     = "names"    // names another tenant's objects or the system's
	ran             = "runs"     // succeeds, and none of the above is seen
	refused         = "refused"  // the server refused it for lack of rights
	failed          = "failed"   // the server could not run it, for another reason
)

// walls tries statements as acme with the guard off. A statement that the server refuses or fails is taken back with
// its transaction, so the next one may have the same session.
type walls struct {
	*installation
	admin  *session
	acme   *session // the last statement's, while it is as new; nil when the next statement needs another
	state  []string // what sessionState finds in a new session
	others string   // a query for a digest of globex's rows
	globex []string // what others finds
	around []string // what surroundings found when it was last asked
}

func newWalls(t *testing.T, noRoles bool) *walls {
	t.Helper()
	w := &walls{installation: install(t, noRoles)}
	w.worker(t)
	w.admin = open(t, w.AdminDSN, "public")
	w.others = strings.Join(digests(t, w.admin, `n.nspname = 'tenant_globex'`), " UNION ALL ")
	w.globex = w.admin.lines(t, w.others)
	w.around = w.admin.lines(t, surroundings(t, w.admin))
	w.acme = w.pinned(t, "acme")
	w.state = w.acme.lines(t, sessionState)
	return w
}

// refusedByGuard returns the statements of the corpus that the guard must refuse, with this server's names in them.
func (w *walls) refusedByGuard(t *testing.T) []statement {
	t.Helper()
	all := slices.DeleteFunc(corpusOf(t, w.admin.major), func(st statement) bool { return !st.denied })
	if len(all) < 700 {
		t.Fatalf("the corpus refuses %d statements, want at least 700", len(all))
	}
	return w.localized(t, all)
}

// try runs a statement in a transaction, ends that with end, and says what the statement did and what came back. One
// that refuses to run in a transaction runs without.
func (w *walls) try(t *testing.T, st statement, end string) (kind string, got outcome) {
	t.Helper()
	s := w.session(t)
	s.must(t, "BEGIN")
	for _, script := range needs(st.sql) {
		_, _ = s.conn.Exec(context.Background(), script).ReadAll() // where it fails the statement fails, too
	}
	s.notices = nil
	got = s.send(st)
	aborted := s.conn.TxStatus() == 'E' // what it did is taken back; settled looks for what is not
	if got.code == "25001" {            // active_sql_transaction
		s.must(t, "ROLLBACK")
		got = s.send(st)
		s.must(t, "BEGIN")
		aborted = false // it may have committed a part
	}
	seen := []string{leakOrName(got), answer(got)}
	if got.code == "" {
		seen = append(seen, w.changed(s, end)...)
	}
	s.must(t, end)
	if !slices.Equal(w.state, s.lines(t, sessionState)) {
		s.conn.Close(context.Background())
		w.acme = nil
		if got.code == "" && end == "COMMIT" {
			seen = append(seen, changedSession)
		}
	}
	if !aborted {
		seen = append(seen, w.changedAround(t))
	}
	for _, kind := range []string{reachedRows, changedDatabase, changedSession, showedNames} {
		if slices.Contains(seen, kind) {
			return kind, got
		}
	}
	return answer(got), got
}

// session returns acme's session, which is as a new one. What sessionState cannot list, such as a custom setting, may
// be left in it by a statement that succeeded. None of that gives a right to anything.
func (w *walls) session(t *testing.T) *session {
	t.Helper()
	if w.acme == nil {
		w.acme = w.pinned(t, "acme")
	}
	w.acme.must(t, "DISCARD SEQUENCES") // what currval remembers
	return w.acme
}

// changed looks at the statement's effects from within its transaction. Where that will be committed the tenant's role
// cannot see globex, and changedAround looks afterwards.
func (w *walls) changed(s *session, end string) (seen []string) {
	ask := func(query string) []string {
		result := s.conn.ExecParams(context.Background(), query, nil, nil, nil, nil).Read()
		var lines []string
		for _, row := range result.Rows {
			lines = append(lines, string(row[0]))
		}
		return lines // of an error: none, which is not what was there before
	}
	switch {
	case !slices.Equal(w.state, ask(sessionState)):
		seen = append(seen, changedSession)
	case end == "ROLLBACK" && !slices.Equal(w.globex, ask(w.others)):
		seen = append(seen, reachedRows)
	}
	return seen
}

// changedAround looks at what the statement left outside acme's schema, and takes it as given from then on.
func (w *walls) changedAround(t *testing.T) string {
	t.Helper()
	before := w.around
	w.around = w.admin.lines(t, surroundings(t, w.admin))
	if slices.Equal(before, w.around) {
		return ""
	}
	w.globex = w.admin.lines(t, w.others)
	for i, line := range w.around {
		if (i >= len(before) || line != before[i]) && !strings.HasPrefix(line, "pg_") {
			return reachedRows
		}
	}
	return changedDatabase
}

// settled fails a test when a statement that the server took back has changed something all the same, as nextval does.
// Unless it was the last one, changedAround has seen that after a later statement, which then stands for it.
func (w *walls) settled(t *testing.T) {
	t.Helper()
	before := w.around
	if w.changedAround(t) != "" {
		t.Errorf("statements that failed changed what is not the tenant's (-before +after):\n%s", cmp.Diff(before, w.around))
	}
}

// send runs a statement: without arguments in the simple protocol, in which a text may hold several statements.
func (s *session) send(st statement) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // past the server's own limit
	defer cancel()
	var text bytes.Buffer
	var results []*pgconn.Result
	var err error
	switch {
	case copies.MatchString(st.sql) && strings.Contains(st.sql, "TO STDOUT"):
		_, err = s.conn.CopyTo(ctx, &text, st.sql)
	case copies.MatchString(st.sql) && strings.Contains(st.sql, "FROM STDIN"):
		_, err = s.conn.CopyFrom(ctx, strings.NewReader("1\tx\n"), st.sql)
	case len(st.args) > 0:
		results = append(results, s.conn.ExecParams(ctx, st.sql, st.args, nil, nil, nil).Read())
		err = results[0].Err
	default:
		results, err = s.conn.Exec(ctx, st.sql).ReadAll()
	}
	for _, r := range results {
		for _, row := range r.Rows {
			text.Write(bytes.Join(row, []byte("\n")))
			text.WriteByte('\n')
		}
	}
	var e *pgconn.PgError
	got := outcome{}
	switch {
	case errors.As(err, &e):
		got.code = e.Code
		s.notices = append(s.notices, e.Message, e.Detail, e.Hint, e.Where, e.InternalQuery)
	case err != nil:
		got.code = err.Error()
	}
	got.text = text.String() + strings.Join(s.notices, "\n")
	return got
}

var (
	copies     = regexp.MustCompile(`^COPY\b`)
	othersName = regexp.MustCompile(`(?i)globex|docex_system`)
)

func leakOrName(got outcome) string {
	switch {
	case leak(got) != "":
		return reachedRows
	case got.code == "" && othersName.MatchString(got.text):
		return showedNames
	}
	return ""
}

func answer(got outcome) string {
	switch got.code {
	case "":
		return ran
	case codePermission:
		return refused
	}
	return failed
}
