package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// extension is one as a server installs it.
type extension struct {
	version   string
	functions map[string][]overload
}

// scratch is where extensions go while they are read.
const scratch = "docex_pgfunctions"

// errRead ends the transaction of readExtensions: nothing of it may stay.
var errRead = errors.New("read")

// readExtensions installs each of the named extensions, reads it, and takes all of it back. It leaves out those that
// the server does not have or cannot load.
func readExtensions(ctx context.Context, conn *pgx.Conn, names []string) (map[string]extension, error) {
	found := map[string]extension{}
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "CREATE SCHEMA "+scratch); err != nil {
			return err
		}
		for _, name := range names {
			e, err := readExtension(ctx, tx, name)
			var refused *pgconn.PgError
			switch {
			case errors.As(err, &refused): // no such extension, or a library is missing
			case err != nil:
				return err
			default:
				found[name] = e
			}
		}
		return errRead
	})
	if !errors.Is(err, errRead) {
		return nil, fmt.Errorf("pgfunctions: extensions: %w", err)
	}
	return found, nil
}

func readExtension(ctx context.Context, tx pgx.Tx, name string) (e extension, err error) {
	err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { // a savepoint: a failure leaves the others
		create := "CREATE EXTENSION IF NOT EXISTS " + pgx.Identifier{name}.Sanitize() + " SCHEMA " + scratch + " CASCADE"
		if _, err := tx.Exec(ctx, create); err != nil {
			return err
		}
		const version = "SELECT extversion FROM pg_extension WHERE extname = $1"
		if err := tx.QueryRow(ctx, version, name).Scan(&e.version); err != nil {
			return err
		}
		overloads, err := query[overload](ctx, tx, functionsSQL, name)
		e.functions = byName(overloads)
		return err
	})
	return e, err
}

// compareExtensions returns the differences between extensions.tsv and the extensions of a server, sorted, one a line.
func (l *lists) compareExtensions(c *catalog) (found []string) {
	for _, name := range l.extensions.reviewed() {
		e, has := c.extensions[name]
		if !has {
			continue
		}
		say := func(format string, args ...any) {
			found = append(found, "extensions.tsv: "+name+" "+e.version+": "+fmt.Sprintf(format, args...))
		}
		if !slices.Contains(l.extensions.versions(name), e.version) {
			say("nobody has reviewed this version")
		}
		for _, function := range l.extensions.names(name, e.functions) {
			l.compareExtensionFunction(name, e, function, say)
		}
	}
	return found
}

func (l *lists) compareExtensionFunction(name string, e extension, function string, say func(string, ...any)) {
	row, overloads := l.extensions.functions[function], e.functions[function]
	if row == nil || row[extName] != name {
		say("%s: not in the list: %s", function, describe(overloads))
		return
	}
	switch listed := l.extensions.has(row, e.version); {
	case listed && overloads == nil:
		say("%s: the extension lacks it", function)
	case !listed && overloads != nil:
		say("%s: the list says that this version lacks it", function)
	}
	row = row[extFunction:]
	for _, form := range unreviewed(row, overloads, l.suspiciousExtension) {
		say("%s: %s, but nobody has reviewed the form %s", function, row[fnClass], form)
	}
}

// suspiciousExtension is suspicious for functions of extensions, which are written in C and have types of their own.
func (l *lists) suspiciousExtension(o overload) bool {
	return o.Volatility != "immutable" || o.Kind == "procedure" || o.Definer || o.Closed ||
		!slices.Contains([]string{"c", "internal", "sql"}, o.Language) ||
		slices.ContainsFunc(slices.Concat(o.Args, o.Out, []string{o.Result}),
			func(name string) bool { return l.known(name) && l.notPlain(name) })
}
