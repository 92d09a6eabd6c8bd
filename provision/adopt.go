package provision

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
)

var (
	//go:embed sql/objects/members.sql
	membersSQL string
	//go:embed sql/objects/rights.sql
	rightsSQL string
)

// publicSchema is the one schema that Adopt empties instead of renaming it.
const publicSchema = "public"

// Adopt makes a tenant of a schema that is there already, such as that of an application which has had one tenant so
// far. The schema from is renamed to the tenant's; "public" keeps its place, and its objects move, except for
// extensions' own. The tenant's objects become the administrator's, all rights on them are taken away, and its role
// gets those that Create gives. t is as for Create.
//
// Before that the DDL makes a schema, which is described and taken back, and the adopted one must be like it in
// every object that [Provisioner.Verify] compares: otherwise the error is a *[DriftError] that names what to change
// first. The order of columns is one of these. PostgreSQL has no statement that changes it: copy the rows to a new
// table whose columns are in the DDL's order. A view in that order is no way out, since it is no table, and INSERT
// without names of columns goes by the table's order.
//
// All of it is one transaction: on any error nothing has changed. It waits for everybody who is using the schema's
// tables, and keeps them from it until it is done; do it off line. On [Citus] the rows move to a worker meanwhile,
// which takes the time of copying them and of making their indexes, and for that time twice their space.
//
// The error is otherwise one of Create's, or matches [ErrNoSchema] when there is no schema from, or [ErrInvalidConfig]
// for one that is PostgreSQL's, docex's or another tenant's.
func (p *Provisioner) Adopt(ctx context.Context, t Tenant, from string) (Tenant, error) {
	adopted, err := p.adopt(ctx, t, from)
	return adopted, wrap("adopt", t.ID, err)
}

func (p *Provisioner) adopt(ctx context.Context, t Tenant, from string) (Tenant, error) {
	t, err := p.newTenant(t)
	if err != nil {
		return Tenant{}, err
	}
	a := &action{name: "adopt", tenant: t.ID, detail: fmt.Sprintf("schema %q, %s", from, t.DDLDigest)}
	err = p.act(ctx, a, func(tx *sql.Tx) error {
		in, err := p.installation(ctx, tx)
		if err != nil {
			return err
		}
		strategy, err := p.checkStrategy(ctx, tx, in)
		if err != nil {
			return err
		}
		if err := in.checkLogins(p.cfg); err != nil {
			return err
		}
		if err := p.checkOpenSchemas(ctx, tx, in); err != nil {
			return err
		}
		t.Role = in.roleFor(t.ID)
		if err := p.checkAdoptable(ctx, tx, t, from); err != nil {
			return err
		}
		want, err := p.describeDDL(ctx, tx, in, p.ddl)
		if err != nil {
			return err
		}
		if err := p.takeOver(ctx, tx, strategy, in, t, from); err != nil {
			return err
		}
		if err := p.checkAdopted(ctx, tx, in, t, want); err != nil {
			return err
		}
		if err := strategy.distribute(ctx, tx, in, t); err != nil {
			return err
		}
		return p.registerAdopted(ctx, tx, in, a, &t)
	})
	if err != nil {
		return Tenant{}, err
	}
	return t, nil
}

// checkAdoptable says what is in the way, from included.
func (p *Provisioner) checkAdoptable(ctx context.Context, tx *sql.Tx, t Tenant, from string) error {
	if from == p.cfg.SystemSchema || slices.Contains(p.pathSchemas(), from) ||
		from == "information_schema" || strings.HasPrefix(from, "pg_") {
		return invalidConfig("schema %q is not for a tenant", from)
	}
	const query = `
SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
       COALESCE((SELECT id FROM {{system}}.tenant WHERE schema_name = $1 AND state <> 'dropped' AND id <> $2), '')`
	var there bool
	var other string
	if err := tx.QueryRowContext(ctx, p.system(query), from, t.ID).Scan(&there, &other); err != nil {
		return err
	}
	_, err := p.checkConflicts(ctx, tx, t)
	switch {
	case errors.Is(err, ErrSchemaExists) && from == t.Schema:
		err = p.checkRoleFree(ctx, tx, t) // the one conflict that is meant; it hides the one that is looked for next
	case err == nil && other != "":
		return invalidConfig("schema %q belongs to tenant %q", from, other)
	case err == nil && !there:
		return fmt.Errorf("%w: %q", ErrNoSchema, from)
	}
	return err
}

func (p *Provisioner) checkRoleFree(ctx context.Context, tx *sql.Tx, t Tenant) error {
	taken, err := roleThere(ctx, tx, t.Role)
	if err == nil && taken {
		err = roleExists(t.Role)
	}
	return err
}

// takeOver gives the schema its tenant's name and role, and owners and rights as Create does.
func (p *Provisioner) takeOver(
	ctx context.Context, tx *sql.Tx, s strategy, in installation, t Tenant, from string,
) error {
	place := `ALTER SCHEMA {{from}} RENAME TO {{to}}; ALTER SCHEMA {{to}} OWNER TO CURRENT_USER`
	switch from {
	case publicSchema:
		place = `CREATE SCHEMA {{to}}`
	case t.Schema:
		place = `ALTER SCHEMA {{to}} OWNER TO CURRENT_USER`
	}
	statements := append(tenantRole(s, in, t), expand(place, "from", from, "to", t.Schema))
	if _, err := tx.ExecContext(ctx, strings.Join(statements, ";\n")); err != nil {
		return boundaryError(t, err)
	}
	if from == publicSchema {
		if err := alterMembers(ctx, tx, from, "SET SCHEMA "+quote(t.Schema), "true"); err != nil {
			return err
		}
	}
	if err := alterMembers(ctx, tx, t.Schema, "OWNER TO CURRENT_USER", "NOT (m.attached AND m.kind = 'TYPE')"); err !=
		nil {
		return err
	}
	if err := resetRights(ctx, tx, in, t); err != nil {
		return err
	}
	return p.closeTables(ctx, tx, in, t)
}

// alterMembers runs ALTER for each object of a schema that satisfies a condition. Citus takes several such statements
// in one string for a prepared statement, which it refuses.
func alterMembers(ctx context.Context, tx *sql.Tx, schema, change, condition string) error {
	// Functions and operators come first: their names hold the types of their arguments, with the schema they have now.
	query := `
SELECT COALESCE('DO ' || quote_literal('BEGIN ' || string_agg(
           format('EXECUTE %L; ', format('ALTER %s %s %s', m.kind, m.name, $2::text)), ''
           ORDER BY m.classid IN ('pg_class'::regclass, 'pg_type'::regclass)) || 'END'), '')
  FROM (` + membersSQL + `) AS m WHERE ` + condition
	return runMade(ctx, tx, query, schema, change)
}

// resetRights takes all rights away and gives the tenant's role what default privileges give it when Create runs the
// DDL.
func resetRights(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	if err := runMade(ctx, tx, rightsSQL, t.Schema); err != nil {
		return err
	}
	const grants = `;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {{schema}} TO {{grantee}};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {{schema}} TO {{grantee}};
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA {{schema}} TO {{grantee}}`
	_, err := tx.ExecContext(ctx, grantTenant(t.Schema, in.grantee(t))+
		expand(grants, "schema", t.Schema, "grantee", in.grantee(t)))
	return err
}

// checkAdopted returns an error that says how a schema differs from the DDL's.
func (p *Provisioner) checkAdopted(ctx context.Context, tx *sql.Tx, in installation, t Tenant, want shape) error {
	got, err := p.describe(ctx, tx, in, t)
	if err != nil {
		return err
	}
	return driftError(in.named(t, diff(want, got.schema)))
}

// registerAdopted writes the registry row of a schema that is as the DDL's.
func (p *Provisioner) registerAdopted(
	ctx context.Context, tx *sql.Tx, in installation, a *action, t *Tenant,
) (err error) {
	if *t, err = p.register(ctx, tx, *a, *t); err != nil {
		return err
	}
	a.recorded = true
	if t.Catalog == "" {
		if *t, err = p.recordCatalog(ctx, tx, in, *t); err != nil {
			return err
		}
	}
	if err := p.keepDDL(ctx, tx); err != nil {
		return err
	}
	return joinShared(ctx, tx, in, *t)
}
