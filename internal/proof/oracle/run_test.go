package oracle

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

const codePermission = "42501"

// outcome is what the server answered.
type outcome struct {
	code string // SQLSTATE; "" when the statement succeeded
	text string // every value, error, notice and name that came back
}

// inTransaction runs a statement between BEGIN and end, with what it needs before it.
func (s *session) inTransaction(t testing.TB, st statement, end string) outcome {
	t.Helper()
	s.must(t, "BEGIN")
	for _, before := range needs(st.sql) {
		_, _ = s.conn.Exec(context.Background(), before).ReadAll() // where it fails the statement fails, too
	}
	s.notices = nil
	got := s.run(t, st)
	if got.code != "" {
		end = "ROLLBACK"
	}
	s.must(t, end) // a warning when the statement itself ended the transaction
	return got
}

var (
	namesCursor    = regexp.MustCompile(`(?i)^(?:FETCH|MOVE|CLOSE)\b.*?("[^"]+"|\w+)$`)
	currentOf      = regexp.MustCompile(`CURRENT OF ("[^"]+"|\w+)`)
	namesSavepoint = regexp.MustCompile(`(?i)^(?:ROLLBACK TO|RELEASE)(?: SAVEPOINT)? (\w+)$`)
)

// needs are the statements without which another one cannot work.
func needs(sql string) []string {
	if m := namesCursor.FindStringSubmatch(sql); m != nil {
		return []string{"DECLARE " + m[1] + " SCROLL CURSOR FOR SELECT * FROM documents"}
	}
	if m := currentOf.FindStringSubmatch(sql); m != nil {
		return []string{"DECLARE " + m[1] + " CURSOR FOR SELECT * FROM documents FOR UPDATE", "MOVE 1 IN " + m[1]}
	}
	if m := namesSavepoint.FindStringSubmatch(sql); m != nil {
		return []string{"SAVEPOINT " + m[1]}
	}
	return nil
}

// run sends one statement in the extended protocol, without a name, with its arguments as text.
func (s *session) run(t testing.TB, st statement) outcome {
	t.Helper()
	ctx := context.Background()
	description, err := s.conn.Prepare(ctx, "", st.sql, nil)
	if err != nil {
		return s.failed(t, st, err)
	}
	var text strings.Builder
	for _, f := range description.Fields {
		text.WriteString(f.Name + "\n")
	}
	args := st.args
	for i := len(args); i < len(description.ParamOIDs); i++ {
		args = append(args, []byte(argument(description.ParamOIDs[i])))
	}
	result := s.conn.ExecPrepared(ctx, "", args, nil, nil).Read()
	if result.Err != nil {
		return s.failed(t, st, result.Err)
	}
	for _, row := range result.Rows {
		for _, value := range row {
			text.Write(value)
			text.WriteByte('\n')
		}
	}
	return outcome{text: text.String() + strings.Join(s.notices, "\n")}
}

func (s *session) failed(t testing.TB, st statement, err error) outcome {
	t.Helper()
	var e *pgconn.PgError
	if !errors.As(err, &e) { // the connection broke: nothing after it would prove anything
		t.Fatalf("%s: %s: %v", st.id, st.sql, err)
	}
	words := append(s.notices, e.Message, e.Detail, e.Hint, e.Where, e.InternalQuery)
	return outcome{code: e.Code, text: strings.Join(words, "\n")}
}

// argument makes up a value of a type, for the statements that come without arguments.
func argument(oid uint32) string {
	switch oid {
	case 16:
		return "t"
	case 20, 21, 23, 26, 700, 701, 1700:
		return "1"
	case 114, 3802:
		return "{}"
	case 1007, 1016, 1231, 1009, 1015:
		return "{1}"
	case 1082, 1114, 1184:
		return "2024-01-01"
	case 1186:
		return "1 day"
	case 2950:
		return "00000000-0000-0000-0000-000000000000"
	case 25, 1043, 3615:
		return "x"
	}
	return "draft" // doc_status, whose number nobody knows
}
