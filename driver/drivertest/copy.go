package drivertest

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// CopyFrom is called by driver.CopyFrom when the table has been judged. To the mock it is one Exec, whose argument
// holds all rows.
func (c *conn) CopyFrom(
	ctx context.Context, table string, columns []string, src pgx.CopyFromSource,
) (int64, error) {
	all := [][]any{}
	for src.Next() {
		row, err := src.Values()
		if err != nil {
			return 0, err
		}
		if len(row) != len(columns) {
			return 0, fmt.Errorf("expected %d values, got %d values", len(columns), len(row))
		}
		all = append(all, slices.Clone(row)) // a source may fill the same slice again
	}
	if err := src.Err(); err != nil {
		return 0, err
	}
	result, err := c.plain.ExecContext(ctx, copyText(table, columns, "FROM STDIN"), all)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// CopyTo is called by driver.CopyTo when the table has been judged. To the mock it is a Query.
func (c *conn) CopyTo(ctx context.Context, w io.Writer, table string, columns []string) (n int64, err error) {
	answer, err := c.plain.QueryContext(ctx, copyText(table, columns, "TO STDOUT"))
	if err != nil {
		return 0, err
	}
	defer answer.Close()
	for r := (&rows{inner: answer}); r.Next(); n++ {
		values, err := r.Values()
		if err != nil {
			return 0, err
		}
		fields := make([]string, len(values))
		for i, v := range values {
			fields[i] = csvField(v)
		}
		if _, err := io.WriteString(w, strings.Join(fields, ",")+"\n"); err != nil {
			return 0, err
		}
	}
	return n, answer.Err()
}

// copyText is what the mock is asked for, such as COPY document (name, size) FROM STDIN. The program sends no text, so
// it is made to be read.
func copyText(table string, columns []string, way string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = name(c)
	}
	return fmt.Sprintf("COPY %s (%s) %s", name(table), strings.Join(names, ", "), way)
}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// name quotes a name that is not a plain one.
func name(s string) string {
	if plainName.MatchString(s) {
		return s
	}
	return pgx.Identifier{s}.Sanitize()
}

// csvField writes a value as PostgreSQL does in CSV (PostgreSQL manual, "COPY", "CSV Format"). A []byte is taken for
// text: sqlmock's rows have it for that.
func csvField(v any) string {
	var text string
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		text = fmt.Sprint(v)[:1]
	case []byte:
		text = string(v)
	case time.Time:
		text = v.Format("2006-01-02 15:04:05.999999-07")
	default:
		text = fmt.Sprint(v)
	}
	if text == "" || text == `\.` || strings.ContainsAny(text, ",\"\r\n") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}
