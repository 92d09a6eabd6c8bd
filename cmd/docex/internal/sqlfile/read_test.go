package sqlfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline lists what Read made of a text: a statement's text with runs of blanks as one, in quotes where it cannot be
// checked, or the command.
func outline(text string) []string {
	var out []string
	for _, st := range Read(text) {
		s := strings.Join(strings.Fields(st.Text), " ")
		if st.Problem != nil {
			s = strings.TrimSpace("unchecked " + st.Problem.Object + " " + s)
		}
		if st.Name != "" {
			s = st.Name + ": " + s
		}
		out = append(out, s)
	}
	return out
}

// reads are files and what they hold.
var reads = []struct {
	name, text string
	want       []string
}{
	{"nothing", "", nil},
	{"white space and comments", "\ufeff -- a\r\n/* b; /* c; */ d; */ ;;\n", nil},
	{"no last semicolon", "SELECT 1;SELECT 2", []string{"SELECT 1", "SELECT 2"}},
	{"crlf", "SELECT 1;\r\n-- x\r\nSELECT 2;\r\n", []string{"SELECT 1", "SELECT 2"}},
	{"strings", `SELECT ';', E'\';', U&'\003b;', $$;$$, $a$;$$;$a$, B'0;', "a;b"; SELECT 2`,
		[]string{`SELECT ';', E'\';', U&'\003b;', $$;$$, $a$;$$;$a$, B'0;', "a;b"`, "SELECT 2"}},
	{"plain backslash", `SELECT '\'; SELECT 2`, []string{`SELECT '\'`, "SELECT 2"}},
	{"continued E string", "SELECT E'a'\n'\\';'; SELECT 2", []string{`SELECT E'a' '\';'`, "SELECT 2"}},
	{"dollar in a name", "SELECT a$b$; SELECT c$b$", []string{"SELECT a$b$", "SELECT c$b$"}},
	{"comments inside", "SELECT /* ; */ 1 -- ;\n; SELECT 2", []string{"SELECT /* ; */ 1 -- ;", "SELECT 2"}},
	{"rule", "CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2); SELECT 3",
		[]string{"CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)", "SELECT 3"}},
	{"body",
		"CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
		[]string{"CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
			"SELECT 3"}},
	{"begin is no body", "BEGIN; SELECT 1; END; SELECT begin atomic; SELECT 2",
		[]string{"BEGIN", "SELECT 1", "END", "SELECT begin atomic", "SELECT 2"}},
	{"function without body", "CREATE FUNCTION f() RETURNS int AS 'begin atomic'; SELECT 2; END",
		[]string{"CREATE FUNCTION f() RETURNS int AS 'begin atomic'", "SELECT 2", "END"}},
	{"hints stay", "SELECT 1; -- x\n/*+ Set(a b) */ SELECT 2", []string{"SELECT 1", "/*+ Set(a b) */ SELECT 2"}},
	{"hints alone", "SELECT 1; /*+ Set(a b) */; SELECT 2; /*+ Set(c d) */",
		[]string{"SELECT 1", "/*+ Set(a b) */", "SELECT 2", "/*+ Set(c d) */"}},
	{"unclosed comment", "SELECT 1; /* SELECT 2", []string{"SELECT 1", "unchecked"}},
	{"unclosed nested comment", "SELECT 1; /* /* */ SELECT 2", []string{"SELECT 1", "unchecked"}},
	{"unclosed comment in a statement", "SELECT 1 /* ; SELECT 2", []string{"SELECT 1 /* ; SELECT 2"}},
	{"unreadable run", "SELECT 1; " + strings.Repeat("/**/", 100) + "SELECT 2", []string{"SELECT 1", "unchecked"}},
	{"comments in thousands", strings.Repeat("-- x\n", 5000) + "SELECT 1", []string{"SELECT 1"}},

	{"named", "SELECT :a, @b, x=:c, y=@d, (:e), :f::int, @g::int[], 'x'||:h",
		[]string{"SELECT $1, $1, x=$1, y=$1, ($1), $1::int, $1::int[], 'x'||$1"}},
	{"not named", `SELECT ':a', $$@b$$, x::int, "c:d", a@b, @ c, @f(x), @t.d, a[1:n], a[:n], a[lo:hi], /* :e */ -- @f`,
		[]string{`SELECT ':a', $$@b$$, x::int, "c:d", a@b, @ c, @f(x), @t.d, a[1:n], a[:n], a[lo:hi], /* :e */ -- @f`}},
	{"arrays", "SELECT ARRAY[:a, :b], ARRAY[[:c], [:d]], ARRAY[x[1:e]]",
		[]string{"SELECT ARRAY[$1, $1], ARRAY[[$1], [$1]], ARRAY[x[1:e]]"}},
	{"would join a word", "SELECT a:b, 1:c, a@b", []string{"SELECT a:b, 1:c, a@b"}},
	{"a name of psql's", `SELECT * FROM :"t"`, []string{`unchecked :"t" SELECT * FROM :"t"`}},
	{"names", "-- name: A :one\nSELECT 1;\n/* name: B :many */\nSELECT 2; SELECT 3;\n-- name: c-d\nSELECT 4",
		[]string{"A: SELECT 1", "B: SELECT 2", "SELECT 3", "c-d: SELECT 4"}},
	{"macros",
		"-- name: A :one\nSELECT sqlc.embed(t), sqlc.arg(a), sqlc.narg('b'), sqlc.arg ( \"c\" )::int, x IN (sqlc.slice(d));",
		[]string{"A: SELECT t.* , $1 , $1 , $1 ::int, x IN ($1 )"}},
	{"no macros", "SELECT sqlc.arg(a);\n-- name: A :one\nSELECT x.sqlc.arg(a), sqlc.arg(f(x)), sqlc.exec(a)",
		[]string{"SELECT sqlc.arg(a)", "A: SELECT x.sqlc.arg(a), sqlc.arg(f(x)), sqlc.exec(a)"}},

	{"lexing as it is",
		"SET client_encoding = 'UTF8'; SET LOCAL standard_conforming_strings TO on; SET NAMES 'utf8'; SET a = " +
			"'client_encoding ';",
		[]string{"SET client_encoding = 'UTF8'", "SET LOCAL standard_conforming_strings TO on", "SET NAMES 'utf8'",
			"unchecked client_encoding SET a = 'client_encoding '"}},
	{"another lexing",
		"set Standard_Conforming_Strings = off; RESET client_encoding; SET /**/ NAMES 'latin1'; SELECT " +
			"Set_Config('standard_conforming_strings', $1, true)",
		[]string{"unchecked standard_conforming_strings set Standard_Conforming_Strings = off",
			"unchecked client_encoding RESET client_encoding",
			"unchecked names SET /**/ NAMES 'latin1'",
			"unchecked standard_conforming_strings SELECT Set_Config('standard_conforming_strings', $1, true)"}},
	{"goose",
		"-- +goose Up\n-- +goose StatementBegin\nSELECT 1; SELECT 2;\n-- +goose StatementEnd\n-- +goose Down\nSELECT 3;",
		[]string{"SELECT 1", "SELECT 2", "SELECT 3"}},
	{"goose substitutes", "-- +goose ENVSUB ON\nSELECT '${A}';", []string{"unchecked +goose ENVSUB", "SELECT '${A}'"}},
}

// psqlReads are those that only psql's scripts can be.
var psqlReads = []struct {
	name, text string
	want       []string
}{
	{"harmless",
		"\\set a 1\nSELECT 1;\n\\echo 'x \\' \\\\ y' \"\\\" \\\\ SELECT 2; \\timing\n\\if :{?a}\nSELECT 3;\n\\endif\n",
		[]string{"SELECT 1", "SELECT 2", "SELECT 3"}},
	{"leaves", "\\c other\n\\i x.sql\n\\copy t from 'x\\\\y'\n\\! rm \\ SELECT\n\\unknown\n\\d t\nSELECT 1;",
		[]string{`unchecked \c`, `unchecked \i`, `unchecked \copy`, `unchecked \!`, `unchecked \unknown`, `unchecked \d`,
			"SELECT 1"}},
	{"runs a program", "\\set a `rm x`\n\\echo ok\n", []string{`unchecked \set`}},
	{"sends",
		"SELECT 1 \\g\nSELECT 2 \\gset x_\nSELECT 3 \\gexec\nSELECT 4 \\g | sh\nSELECT $1 \\bind 5 \\g\nSELECT 6\\;SELECT 7;",
		[]string{"SELECT 1", "SELECT 2", "SELECT 3", `unchecked \gexec`, "SELECT 4", `unchecked \g`, "SELECT $1", "SELECT 6",
			"SELECT 7"}},
	{"inside a statement", "SELECT 1\n\\if :x\nWHERE true\n\\endif\n; SELECT 2;",
		[]string{"unchecked \\if SELECT 1 \\if :x WHERE true \\endif", "SELECT 2"}},
	{"variables", "\\set n 5\nSELECT :n, :'a', :b;\nSELECT :'c''d'",
		[]string{"unchecked :b SELECT $1, $1 , :b", "SELECT :'c''d'"}},
	{"names", "\\set n 5\nSELECT * FROM :\"t\";", []string{`unchecked :"t" SELECT * FROM :"t"`}},
	{"not a number", "\\set n '1 UNION'\n\\set n 5\n\\set m -1\nSELECT :n; SELECT :m;",
		[]string{"unchecked :n SELECT :n", "unchecked :m SELECT :m"}},
	{"perhaps a number", "\\if :x\n\\set n 5\n\\endif\nSELECT :n;", []string{"unchecked :n SELECT :n"}},
	{"no longer a number", "\\set n 5\n\\unset n\nSELECT :n;", []string{"unchecked :n SELECT :n"}},
	{"gset sets anything", "\\set n 5\nSELECT 'x' AS n \\gset\nSELECT :n;",
		[]string{"SELECT 'x' AS n", "unchecked :n SELECT :n"}},
	{"set by another name", "\\set n 5\n\\set 'n' '1; SELECT 2'\nSELECT :n;",
		[]string{`unchecked \set`, "unchecked :n SELECT :n"}},
	{"set by a variable's name", "\\set n 5\n\\set a n\n\\set :a x\nSELECT :n;",
		[]string{`unchecked \set`, "unchecked :n SELECT :n"}},
	{"read by another name", "\\set n 5\n\\getenv n'' HOME\nSELECT :n;", []string{"unchecked :n SELECT :n"}},
	{"prompt with too many words", "\\set n 5\n\\prompt hi n m\nSELECT :n;", []string{"unchecked :n SELECT :n"}},
	{"psql's own variable", "\\set LAST_ERROR_MESSAGE 5\nSELECT :LAST_ERROR_MESSAGE;",
		[]string{"unchecked :LAST_ERROR_MESSAGE SELECT :LAST_ERROR_MESSAGE"}},
	{"too many ends", "\\endif\n\\if :x\n\\set n 5\n\\endif\nSELECT :n;", []string{"unchecked :n SELECT :n"}},
	{"lines that end statements", "\\set SINGLELINE on\nSELECT 1\nVACUUM;", []string{`unchecked \set`, "SELECT 1 VACUUM"}},
	{"rows under a condition", "\\if :x\nCOPY t FROM STDIN;\n\\endif\nSELECT 1;\n\\.\n",
		[]string{"COPY t FROM STDIN", "SELECT 1", `unchecked \.`}},
	{"slices", "\\set n 5\nSELECT a[1:n]; SELECT a[:n]; SELECT a[1 : n], a[1:2], a[1:'x'];",
		[]string{"unchecked :n SELECT a[1:n]", "unchecked :n SELECT a[:n]",
			"unchecked :'x' SELECT a[1 : n], a[1:2], a[1:'x']"}},
	{"rows",
		"COPY t (a) FROM stdout; -- x\n1\t'x\n\\.x\n\\.\nSELECT 1;\r\nCOPY t FROM STDIN WITH (FORMAT " +
			"csv);\r\n\"\r\n\\.\r\nSELECT 2;",
		[]string{"COPY t (a) FROM stdout", "SELECT 1", "COPY t FROM STDIN WITH (FORMAT csv)", "SELECT 2"}},
	{"no rows",
		"\\echo\nCOPY t FROM 'stdin';\nSELECT 1;\nCOPY (SELECT 2 FROM stdin) TO STDOUT;\nSELECT 3;\nCOPY t FROM stdin; " +
			"SELECT 4;\n\\.\n",
		[]string{"COPY t FROM 'stdin'", "SELECT 1", "COPY (SELECT 2 FROM stdin) TO STDOUT", "SELECT 3", "COPY t FROM stdin",
			"SELECT 4", `unchecked \.`}},
	{"rows of a command", "\\copy t from stdin\n'\n\\.\nSELECT 1;\\COPY t FROM STDOUT\n'\n\\.\n",
		[]string{`unchecked \copy`, "SELECT 1", `unchecked \copy`}},
	{"a hint before a command", "/*+ Set(a b) */\n\\echo\nSELECT 1;",
		[]string{"unchecked \\echo /*+ Set(a b) */ \\echo SELECT 1"}},
}

func TestRead(t *testing.T) {
	for _, test := range append(reads, psqlReads...) {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, outline(test.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTextsAreAsLong: a place in a statement's text is the same place in the file.
func TestTextsAreAsLong(t *testing.T) {
	for _, test := range append(reads, psqlReads...) {
		checkPlaces(t, test.text)
	}
}
