package provision

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/jackc/pgx/v5/pgconn"
)

// DDLFailure is an error of the server while it ran the SQL of [Config.DDL] or [Config.Seed], with the place of the
// statement that failed. errors.Is matches it with [ErrDDL], errors.As finds the *pgconn.PgError.
//
// File, Line and Statement are zero when the server does not say which statement it was: when the connection broke, or
// a constraint that was put off to the end failed.
type DDLFailure struct {
	File string // name of the file; "seed/" stands in front of those of Config.Seed
	// Line, from 1, is that of the place which the server names, or else the first of the statement. An error in a
	// function's code has the line of the function's statement.
	Line      int
	Statement string // what the statement begins with, such as "CREATE FUNCTION total_of"; without constants
	// BodyLine is the line in the code of the function that Statement makes, from 1. It is 0 when the error is not about
	// that code, or the server names no line.
	BodyLine int
	Err      error // the server's
}

// Error returns `docex: the DDL failed: file:line: statement: cause` in one line.
func (e *DDLFailure) Error() string {
	var b strings.Builder
	b.WriteString(ErrDDL.Error() + ": ")
	if e.File != "" {
		fmt.Fprintf(&b, "%s:%d: %s", e.File, e.Line, e.Statement)
		if e.BodyLine > 0 {
			fmt.Fprintf(&b, ", line %d of its code", e.BodyLine)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Is makes errors.Is hold for ErrDDL.
func (e *DDLFailure) Is(target error) bool { return target == ErrDDL }

// Unwrap gives errors.As the *pgconn.PgError.
func (e *DDLFailure) Unwrap() error { return e.Err }

// explain finds the statement that the server's error is about, in one of three ways. apply_ddl names the function
// whose code it tried. Or the server repeats the text with the position in it. Or the statement ends the error's
// context, outside of which there is apply_ddl alone (PostgreSQL manual, "Error and Notice Message Fields"). An error
// that is not the server's own, such as a cancelled context, passes unchanged.
func explain(statements []ddlStatement, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	if st, ok := triedFunction(statements, pg.Where); ok {
		failure := failedAt(st, 1, err)
		failure.BodyLine = bodyLine(pg)
		return failure
	}
	var failed ddlStatement
	last := 0
	for _, st := range statements {
		if pg.InternalPosition > 0 && pg.InternalQuery == st.text {
			return failedAt(st, int(pg.InternalPosition), err)
		}
		i := strings.LastIndex(pg.Where, st.text)
		if end := i + len(st.text); i >= 0 && (end > last || end == last && len(st.text) >= len(failed.text)) {
			failed, last = st, end
		}
	}
	return failedAt(failed, 1, err)
}

// failedAt describes an error at a character of a statement, counted from 1.
func failedAt(st ddlStatement, position int, err error) *DDLFailure {
	if st.text == "" {
		return &DDLFailure{Err: err}
	}
	line := strings.Count(st.file.text[:st.offset], "\n") + lineAt(st.text, position)
	return &DDLFailure{File: st.file.name, Line: line, Statement: text.Beginning(st.text), Err: err}
}

// tried finds what apply_ddl says beside the call of a validator.
var tried = regexp.MustCompile(`_validator\(\d+::pg_catalog\.oid\), E?'([0-9a-f]{64}) `)

// triedFunction returns the statement that made the function whose code apply_ddl tried.
func triedFunction(statements []ddlStatement, context string) (found ddlStatement, ok bool) {
	m := tried.FindStringSubmatch(context)
	if m == nil {
		return found, false
	}
	for _, st := range statements {
		defs, _ := sqlparse.ParseDDL(st.text, ddlLimits)
		for _, def := range defs {
			if def.Body == nil || digestOfCode(def.Body.Code) != m[1] {
				continue
			}
			found, ok = st, true
			if strings.Contains(context, m[0]+strings.Join(def.Creates, "")+"'") {
				return found, true
			}
		}
	}
	return found, ok
}

// digestOfCode tells functions of one name apart.
func digestOfCode(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// nearLine finds the line in what plpgsql adds to the context of an error in its code.
var nearLine = regexp.MustCompile(`PL/pgSQL[^\n]* (\d+)(?:\n|$)`)

// bodyLine returns the line in a function's code, or 0.
func bodyLine(pg *pgconn.PgError) int {
	if pg.InternalPosition > 0 {
		return lineAt(pg.InternalQuery, int(pg.InternalPosition))
	}
	if m := nearLine.FindStringSubmatch(pg.Where); m != nil {
		line, _ := strconv.Atoi(m[1]) // 0 is no line
		return line
	}
	return 0
}

// ddlStatement is one statement of a file.
type ddlStatement struct {
	file   *ddlFile
	offset int
	text   string
}

// statementsOf returns the statements of files, with the comments behind them.
func statementsOf(files []ddlFile) []ddlStatement {
	var all []ddlStatement
	for i := range files {
		f := &files[i]
		starts := f.starts
		if len(starts) == 0 {
			starts = []int{0}
		}
		for j, start := range starts {
			end := len(f.text)
			if j+1 < len(starts) {
				end = starts[j+1]
			}
			if piece := strings.TrimRight(f.text[start:end], " \t\r\n"); piece != "" {
				all = append(all, ddlStatement{f, start, piece})
			}
		}
	}
	return all
}
