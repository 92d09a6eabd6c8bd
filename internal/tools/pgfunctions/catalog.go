package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed functions.sql
var functionsSQL string

//go:embed types.sql
var typesSQL string

// catalog is what a server has in pg_catalog, and what its extensions would add.
type catalog struct {
	version    string // 18.4
	functions  map[string][]overload
	types      map[string]typ
	extensions map[string]extension
}

// overload is one function of a name; the fields are the columns of functions.sql.
type overload struct {
	Name, Kind, Volatility, Language string
	Definer                          bool // it runs with its owner's rights
	Closed                           bool // not everybody may call it
	One                              bool // one argument is enough to call it
	Variadic                         bool
	Args, Out                        []string // names of types; an array's begins with _
	Result                           string
}

// typ is a type; the fields are the columns of types.sql.
type typ struct {
	Name, Kind string
	Stable     bool // its input or output depends on more than the value
}

func (c *catalog) major() string {
	major, _, _ := strings.Cut(c.version, ".")
	return major
}

// readCatalog reads a server's catalog, and those of the named extensions that the server has. Extensions may have put
// functions into pg_catalog, so the database should be template1 of a server that nobody has changed.
func readCatalog(ctx context.Context, url string, extensions []string) (c *catalog, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("pgfunctions: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	c = &catalog{types: map[string]typ{}}
	const version = "SELECT split_part(current_setting('server_version'), ' ', 1)"
	if err := conn.QueryRow(ctx, version).Scan(&c.version); err != nil {
		return nil, fmt.Errorf("pgfunctions: version: %w", err)
	}
	overloads, err := query[overload](ctx, conn, functionsSQL, "")
	if err != nil {
		return nil, err
	}
	c.functions = byName(overloads)
	types, err := query[typ](ctx, conn, typesSQL)
	for _, t := range types {
		c.types[t.Name] = t
	}
	if err != nil {
		return nil, err
	}
	c.extensions, err = readExtensions(ctx, conn, extensions)
	return c, err
}

func byName(overloads []overload) map[string][]overload {
	m := map[string][]overload{}
	for _, o := range overloads {
		m[o.Name] = append(m[o.Name], o)
	}
	return m
}

// querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func query[T any](ctx context.Context, conn querier, sql string, args ...any) ([]T, error) {
	rows, _ := conn.Query(ctx, sql, args...) // CollectRows returns its error
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	if err != nil {
		return nil, fmt.Errorf("pgfunctions: %w", err)
	}
	return all, nil
}

// String writes the overload as the sixth column of functions.tsv does: what is special about it, the types of its
// arguments, the type of its result and those of its OUT parameters.
func (o overload) String() string {
	var special []string
	add := func(is bool, word string) {
		if is {
			special = append(special, word)
		}
	}
	add(o.Volatility != "immutable", o.Volatility)
	add(o.Kind != "function", o.Kind)
	add(o.Language != "internal" && o.Language != "sql", o.Language)
	add(o.Definer, "definer")
	add(o.Closed, "closed")
	args := slices.Clone(o.Args)
	if o.Variadic {
		args[len(args)-1] += "..."
	}
	s := strings.Join(special, "-") + "(" + strings.Join(args, ",") + ")" + o.Result
	if len(o.Out) > 0 {
		s += "[" + strings.Join(o.Out, ",") + "]"
	}
	return s
}
