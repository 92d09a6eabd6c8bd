package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rehearsed is what the script makes of an older DDL.
type rehearsed struct {
	old, half shape    // before the script, and between its two parts
	rewritten []string // tables
}

// rehearsal is the tenant of rehearsals. Nobody else ever sees it: its transaction is rolled back. Its id is none that
// a tenant could have.
func (in installation) rehearsal() Tenant {
	const id = ".rehearsal"
	return Tenant{ID: id, Schema: "docex_rehearsal", Role: in.roleFor(id), State: Active}
}

// anyTenant is whom differences are about that are no tenant's.
var anyTenant = Tenant{Role: "the tenant's role"}

// errRollback ends a transaction that was for looking only.
var errRollback = errors.New("docex: rolled back")

// rehearse tries the script on one older DDL, and fills in r.target when that is the first.
func (r *upgradeRun) rehearse(ctx context.Context, older ddl) (rehearsed, error) {
	var done rehearsed
	var differences []Difference
	// The lock is that of the rehearsal's name: of two at the same time one waits.
	err := r.p.lockedOn(ctx, r.p.db, r.in.rehearsal().ID, func(tx *sql.Tx) error {
		if err := r.p.checkOpenSchemas(ctx, tx, r.in); err != nil {
			return err
		}
		if r.target == nil {
			var err error
			if r.target, err = r.p.describeDDL(ctx, tx, r.in, r.p.ddl); err != nil {
				return err
			}
		}
		if err := r.p.makeScratch(ctx, tx, r.in, older.files); err != nil {
			return err
		}
		made, err := r.try(ctx, tx, &done)
		if err != nil {
			return err
		}
		differences = diff(r.target, made)
		return errRollback
	})
	switch {
	case !errors.Is(err, errRollback):
		return done, err
	case len(differences) > 0:
		return done, &RehearsalError{Differences: r.in.named(anyTenant, differences)}
	}
	return done, nil
}

// describeDDL returns what a DDL makes. It leaves nothing behind in the transaction.
func (p *Provisioner) describeDDL(ctx context.Context, tx *sql.Tx, in installation, d ddl) (shape, error) {
	var got description
	err := aside(ctx, tx, func() (err error) {
		if err := p.makeScratch(ctx, tx, in, d.files); err != nil {
			return err
		}
		got, err = p.describe(ctx, tx, in, in.rehearsal())
		return err
	})
	return got.schema, err
}

// makeScratch makes the tenant of rehearsals.
func (p *Provisioner) makeScratch(ctx context.Context, tx *sql.Tx, in installation, files []ddlFile) error {
	s, err := newStrategy(p.cfg.Strategy, in.distribution)
	if err != nil {
		return err
	}
	t := in.rehearsal()
	if err := p.boundary(ctx, tx, s, in, t); err != nil {
		return err
	}
	if err := p.applyFiles(ctx, tx, t.Schema, files); err != nil {
		return err
	}
	if err := p.closeTables(ctx, tx, in, t); err != nil {
		return err
	}
	return s.distribute(ctx, tx, in, t)
}

// applyScript runs files in a tenant that is there. Tables that are read only are so afterwards.
func (p *Provisioner) applyScript(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, files []ddlFile,
) error {
	s, err := newStrategy(p.cfg.Strategy, in.distribution)
	if err != nil {
		return err
	}
	apply := func(statements []string) error { return p.apply(ctx, tx, t.Schema, statements) }
	if err := s.alter(statementsOf(files), t.Schema, apply); err != nil {
		return err
	}
	if err := p.closeTables(ctx, tx, in, t); err != nil {
		return err
	}
	return s.distribute(ctx, tx, in, t)
}

// try runs the script on the tenant of rehearsals and returns what it makes of it.
func (r *upgradeRun) try(ctx context.Context, tx *sql.Tx, done *rehearsed) (shape, error) {
	t := r.in.rehearsal()
	before, err := fileNodes(ctx, tx, t.Schema)
	if err != nil {
		return nil, err
	}
	if done.old, err = r.shapeOf(ctx, tx, t); err != nil {
		return nil, err
	}
	if err := r.p.applyScript(ctx, tx, r.in, t, r.script.first.files); err != nil {
		return nil, err
	}
	if done.half, err = r.shapeOf(ctx, tx, t); err != nil {
		return nil, err
	}
	for _, s := range r.script.steps {
		if err := s.checkPartitioned(ctx, tx, t); err != nil { // before it is dropped
			return nil, err
		}
		if err := r.p.applyScript(ctx, tx, r.in, t, []ddlFile{s.inTransaction()}); err != nil {
			return nil, err
		}
		if err := s.checkPartitioned(ctx, tx, t); err != nil {
			return nil, err
		}
	}
	after, err := fileNodes(ctx, tx, t.Schema)
	if err != nil {
		return nil, err
	}
	done.rewritten = rewritten(before, after)
	return r.shapeOf(ctx, tx, t)
}

// checkPartitioned refuses an index of a partitioned table, which PostgreSQL makes and drops without CONCURRENTLY only
// (PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently"). The rehearsal leaves the word out.
func (s step) checkPartitioned(ctx context.Context, tx *sql.Tx, t Tenant) error {
	if s.index == nil {
		return nil
	}
	const query = `
SELECT EXISTS (SELECT FROM pg_class
                WHERE relnamespace = to_regnamespace(quote_ident($1)) AND relname = $2 AND relkind = 'I')`
	var partitioned bool
	err := tx.QueryRowContext(ctx, query, t.Schema, s.index.Name).Scan(&partitioned)
	if err == nil && partitioned {
		err = fmt.Errorf("%w: %s: index %s is of a partitioned table, for which there is no CONCURRENTLY", ErrDDL, s.name,
			quote(s.index.Name))
	}
	return err
}

func (r *upgradeRun) shapeOf(ctx context.Context, tx *sql.Tx, t Tenant) (shape, error) {
	d, err := r.p.describe(ctx, tx, r.in, t)
	return d.schema, err
}

// fileNodes returns the file of each table: one that is written anew has another afterwards.
func fileNodes(ctx context.Context, tx *sql.Tx, schema string) (map[string]int64, error) {
	const query = `
SELECT c.relname::text, c.relfilenode::bigint FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.objid
 WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = quote_ident($1)::regnamespace
   AND d.classid = 'pg_class'::regclass AND c.relkind = 'r'`
	type table struct {
		name string
		node int64
	}
	tables, err := rowsOf(ctx, tx, func(t *table) []any { return []any{&t.name, &t.node} }, query, schema)
	nodes := map[string]int64{}
	for _, t := range tables {
		nodes[t.name] = t.node
	}
	return nodes, err
}

// rewritten returns the tables that were written anew between two calls of fileNodes.
func rewritten(before, after map[string]int64) []string {
	maps.DeleteFunc(after, func(name string, node int64) bool { return before[name] == 0 || before[name] == node })
	return slices.Sorted(maps.Keys(after))
}

// olderDDL returns the DDL of a digest, which is kept, or was given.
func (r *upgradeRun) olderDDL(ctx context.Context, digest string) (ddl, error) {
	if d, given := r.older[digest]; given {
		return d, nil
	}
	d, kept, err := r.p.kept(ctx, r.p.db, digest)
	if err == nil && !kept {
		err = errNotKept
	}
	return d, err
}

// errNotKept is why a DDL cannot be rehearsed with.
var errNotKept = errors.New("its text is not kept: give the folder that it was made from")

// checkRewritten refuses to write tables anew that a program may be waiting for.
func (r *upgradeRun) checkRewritten(t Tenant, tables []string) error {
	if t.State != Active || r.o.Rewrite || len(tables) == 0 {
		return nil
	}
	return fmt.Errorf("%w (%s), and %s is not suspended: statements with an older snapshot would find them empty",
		ErrRewrites, strings.Join(tables, ", "), t.ID)
}

// checkRecorded compares what the new DDL makes now with what was recorded when the first tenant was made of it: a
// tenant that is upgraded must be like those that Create makes.
func (r *upgradeRun) checkRecorded(ctx context.Context) error {
	recorded, err := r.p.target(ctx, r.p.db, r.p.catalogKey)
	if err != nil || recorded == nil {
		return err
	}
	if ds := diff(recorded, r.target); len(ds) > 0 {
		return fmt.Errorf("the new DDL makes another schema now than when its first tenant was made: %w",
			driftError(r.in.named(anyTenant, ds)))
	}
	return nil
}
