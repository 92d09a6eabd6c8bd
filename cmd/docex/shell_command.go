package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/scope"
)

const shellHelp = `\d         tables, views and sequences of the tenant
\d NAME    columns and indexes of one
\x         each column on a line of its own, or no more
\q         end (or exit, quit, Ctrl-D)
Anything else is SQL, up to the next ;. Ctrl-C clears the line or cancels the statement. Arrow keys show earlier lines,
which are in memory only.
`

// command runs a line that begins with a backslash. The error is errQuit; others are shown.
func (sh *shell) command(ctx context.Context, line string) error {
	words := strings.Fields(strings.TrimRight(line, "; "))
	switch {
	case len(words) == 0:
	case words[0] == `\q` && len(words) == 1:
		return errQuit
	case words[0] == `\?` && len(words) == 1:
		_, _ = io.WriteString(sh.err, shellHelp)
		return nil
	case words[0] == `\x` && len(words) == 1:
		sh.expanded = !sh.expanded
		fmt.Fprintln(sh.err, "Expanded display is "+map[bool]string{true: "on.", false: "off."}[sh.expanded])
		return nil
	case words[0] == `\d` && len(words) <= 2:
		if err := sh.describe(ctx, words[1:]); err != nil {
			sh.printError(err)
		}
		return nil
	}
	sh.printError(fmt.Errorf(`shell: there is no such command: %s; \? shows those that there are`, printable(line)))
	return nil
}

// The shell's own queries. They name the tenant's schema themselves: a search_path also has shared schemas on it.
const (
	listRelations = `
SELECT c.relname AS name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                      WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' END AS kind
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT c.relispartition
 ORDER BY 1`

	listColumns = `
SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attnotnull THEN 'not null' ELSE '' END AS nullable,
       CASE WHEN a.attidentity <> '' THEN 'identity' ELSE coalesce(pg_get_expr(d.adbin, d.adrelid), '') END AS default
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum`

	listIndexes = `
SELECT pg_get_indexdef(i.indexrelid) AS index
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2
 ORDER BY 1`
)

// describe is \d: it lists what the tenant's schema holds, or describes the relation that is named.
func (sh *shell) describe(ctx context.Context, names []string) error {
	schema, err := scope.SchemaName(sh.session.uc.TenantID)
	if err != nil {
		return err
	}
	catalog := &tenantSession{db: sh.catalog, uc: sh.session.uc}
	defer catalog.drop()
	show := func(query string, args ...any) (int, error) {
		w := &found{resultWriter: &tableWriter{out: sh.out}}
		err := sh.interruptible(ctx, func(ctx context.Context) error { return catalog.run(ctx, query, args, w) })
		return w.rows, err
	}
	if len(names) == 0 {
		n, err := show(listRelations, schema)
		if err == nil && n == 0 {
			err = errors.New("shell: the tenant's schema is empty")
		}
		return err
	}
	parts, ok := text.SplitName(names[0])
	if ok && len(parts) == 2 && parts[0] == schema {
		parts = parts[1:]
	}
	if !ok || len(parts) != 1 {
		return fmt.Errorf("shell: %s is no name of something in the tenant's schema", printable(names[0]))
	}
	n, err := show(listColumns, schema, parts[0])
	switch {
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("shell: the tenant's schema has no %s", printable(names[0]))
	}
	_, err = show(listIndexes, schema, parts[0])
	return err
}

// found is a resultWriter that writes nothing about a result without rows.
type found struct {
	resultWriter
	rows int
}

func (w *found) row(values [][]byte) error {
	w.rows++
	return w.resultWriter.row(values)
}

func (w *found) end(tag string) error {
	if w.rows == 0 {
		return nil
	}
	return w.resultWriter.end(tag)
}

// shortVersion is the server's version() without how it was built.
func shortVersion(version string) string {
	short, _, _ := strings.Cut(version, " on ")
	return printable(short)
}
