package provision

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
)

// restoring is one archive on its way into a transaction.
type restoring struct {
	conn     *sql.Conn
	tx       *sql.Tx // of conn
	m        Manifest
	strategy strategy
	in       installation
	t        Tenant // that it becomes
	progress func(rows int64)
}

// likeDump has the server read what pg_dump writes as pg_dump means it. pg_restore's own settings, which it prints at
// the head of each section, are left out: they would stay when the transaction ends, and a newer one's may be unknown
// to the server. The search_path is pg_dump's as well: names without a schema are PostgreSQL's own.
const likeDump = `
SELECT set_config('search_path', 'pg_catalog, pg_temp', true), set_config('check_function_bodies', 'off', true),
       set_config('xmloption', 'content', true), set_config('row_security', 'off', true),
       set_config('standard_conforming_strings', 'on', true), set_config('datestyle', 'ISO', true),
       set_config('intervalstyle', 'postgres', true), set_config('client_min_messages', 'warning', true)`

// restore reads an archive into the tenant's schema, which is empty. Functions that checks, indexes, generated columns
// and materialized views call find the tenant's tables, as when the DDL ran: from the first row on the search_path is
// the DDL's.
func (p *Provisioner) restore(ctx context.Context, r restoring, sections SectionFunc) error {
	if _, err := r.tx.ExecContext(ctx, likeDump); err != nil {
		return err
	}
	if err := r.section(ctx, sections, SectionPreData); err != nil {
		return err
	}
	if err := r.setPath(ctx, p.ddlPath(r.t.Schema)); err != nil {
		return err
	}
	if err := r.section(ctx, sections, SectionData); err != nil {
		return err
	}
	if err := r.section(ctx, sections, SectionPostData); err != nil {
		return err
	}
	if _, err := r.tx.ExecContext(ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
		return err
	}
	if err := cmp.Or(r.setPath(ctx, systemPath), r.strategy.distribute(ctx, r.tx, r.in, r.t)); err != nil {
		return err
	}
	if err := r.setPath(ctx, p.ddlPath(r.t.Schema)); err != nil {
		return err
	}
	_, err := r.tx.ExecContext(ctx, r.analyze()+`SELECT set_config('check_function_bodies', 'on', true)`)
	return cmp.Or(err, r.setPath(ctx, systemPath))
}

// systemPath is that of provision's own statements.
const systemPath = "pg_catalog, pg_temp"

func (r restoring) setPath(ctx context.Context, path string) error {
	_, err := r.tx.ExecContext(ctx, `SELECT set_config('search_path', $1, true)`, path)
	return err
}

// analyze collects the statistics that no archive has. Until autovacuum comes by, plans would be bad.
func (r restoring) analyze() string {
	if len(r.m.Tables) == 0 {
		return ""
	}
	names := make([]string, len(r.m.Tables))
	for i, t := range r.m.Tables {
		names[i] = quote(r.t.Schema) + "." + quote(t.Name)
	}
	return "ANALYZE " + strings.Join(names, ", ") + ";\n"
}

// section sends one section to the server on the connection of the transaction.
func (r restoring) section(ctx context.Context, sections SectionFunc, s Section) error {
	return r.conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*stdlib.Conn)
		if !ok {
			return invalidConfig("the database handle is not one of pgx's stdlib driver")
		}
		f := feeder{r: r, pg: c.Conn().PgConn()}
		return sections(ctx, r.m.Tenant.Schema, s, func(sql io.Reader) error {
			f.in = bufio.NewReaderSize(sql, 1<<16)
			return f.feed(ctx)
		})
	})
}
