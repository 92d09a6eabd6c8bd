package script

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgproto3"
)

func encoded(t *testing.T, messages ...pgproto3.FrontendMessage) (buf []byte) {
	t.Helper()
	for _, m := range messages {
		var err error
		if buf, err = m.Encode(buf); err != nil {
			t.Fatal(err)
		}
	}
	return buf
}

// Both forms run the statements in order, and the query with its values behind them.
func TestForms(t *testing.T) {
	values := []string{"it's $2", ""}
	for _, tt := range []struct {
		name          string
		script        *Script
		prepare, runs []pgproto3.FrontendMessage
	}{
		{"each time", New("", "Q $1 $2", "S1"), nil, []pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: "S1"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Parse{Query: "Q $1 $2"},
			&pgproto3.Bind{Parameters: [][]byte{[]byte("it's $2"), {}}}, &pgproto3.Execute{},
		}},
		{"prepared", New("n", "Q $1 $2", "S1"), []pgproto3.FrontendMessage{
			&pgproto3.Close{ObjectType: 'S', Name: "n_0"}, &pgproto3.Parse{Name: "n_0", Query: "S1"},
			&pgproto3.Close{ObjectType: 'S', Name: "n"}, &pgproto3.Parse{Name: "n", Query: "Q $1 $2"},
		}, []pgproto3.FrontendMessage{
			&pgproto3.Bind{PreparedStatement: "n_0"}, &pgproto3.Execute{},
			&pgproto3.Bind{PreparedStatement: "n", Parameters: [][]byte{[]byte("it's $2"), {}}}, &pgproto3.Execute{},
		}},
	} {
		runs := encoded(t, tt.runs...)
		if diff := cmp.Diff(append(encoded(t, tt.prepare...), runs...), tt.script.Append(nil, values, false)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if tt.script.Prepares() {
			if diff := cmp.Diff(runs, tt.script.Append(nil, values, true)); diff != "" {
				t.Errorf("%s already (-want +got):\n%s", tt.name, diff)
			}
		}
		if got := tt.script.Text(values); got != "S1; Q 'it''s $2' ''" || tt.script.Count() != 2 {
			t.Errorf("%s: %d statements, %q", tt.name, tt.script.Count(), got)
		}
	}
}
