package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// column is a column of a result.
type column struct {
	name string
	oid  uint32 // of its type
}

func columnsOf(fields []pgconn.FieldDescription) []column {
	columns := make([]column, len(fields))
	for i, f := range fields {
		columns[i] = column{f.Name, f.DataTypeOID}
	}
	return columns
}

// numeric reports whether values of the column are numbers.
func (c column) numeric() bool {
	switch c.oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID, pgtype.NumericOID, pgtype.Float4OID,
		pgtype.Float8OID:
		return true
	}
	return false
}

// resultWriter writes the result of one statement as it comes: begin and row for a statement that has columns, and end
// for all, with what the server calls it, such as INSERT 0 3. Values are PostgreSQL's text, nil is NULL. A result that
// fails in the middle has no end.
type resultWriter interface {
	begin(columns []column) error
	row(values [][]byte) error
	end(tag string) error
}

func writeTag(w io.Writer, tag string) error {
	_, err := fmt.Fprintln(w, tag)
	return err
}

// writeChange is writeTag for a statement with columns, where the tag tells more only of one that changes data.
func writeChange(w io.Writer, tag string) error {
	switch word, _, _ := strings.Cut(tag, " "); word {
	case "INSERT", "UPDATE", "DELETE", "MERGE":
		return writeTag(w, tag)
	}
	return nil
}
