package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/docex/docex/internal/sqlparse"
)

// Partition is a partition to make. All fields are required.
type Partition struct {
	// Of is the partitioned table, and Name the new one: names as the catalog has them, so not folded to lower case, of
	// at most 63 bytes, in the tenant's schema. Of may be a partition itself.
	Of, Name string
	// Bounds is "FOR VALUES …" or "DEFAULT", as in CREATE TABLE … PARTITION OF, and behind it PARTITION BY for a
	// partition that has partitions, or WITH. Write dates as '2026-12-31', and times with their zone.
	Bounds string
}

// AddPartition makes a partition of a partitioned table in a tenant's schema, with the administrator's rights. Its
// owner is the table's, and the tenant's role has the rights on it that it has on the table; PUBLIC has none. Row
// security is not handed down: a statement that names the partition itself is not under the table's policies.
//
// It is one transaction under the tenant's lock. It waits for whoever uses the table, and keeps others from it
// meanwhile, for as long as lock_timeout allows, which a DSN can set: lock_timeout=2s.
//
// The error matches [ErrNotPartitioned] when the tenant has no partitioned table Of, [ErrTableExists] when it has one
// called Name, and [ErrInvalidConfig] for names or bounds that are none. It is the server's for bounds that do not fit
// the table, or overlap with another partition, and for partitions of partitions on Citus, which has none. Otherwise it
// is as for [Provisioner.Suspend].
func (p *Provisioner) AddPartition(ctx context.Context, id string, part Partition) error {
	return wrap("add partition", id, p.change(ctx, "add partition", id,
		func(tx *sql.Tx, in installation, t Tenant) (string, error) {
			if err := p.checkPartition(part); err != nil {
				return "", err
			}
			return fmt.Sprintf("%q of %q %s", part.Name, part.Of, onOneLine(part.Bounds)),
				p.addPartition(ctx, tx, in, t, part)
		}))
}

// statement returns CREATE TABLE with names as the caller writes them. The bounds end with a line, which a comment in
// them cannot.
func (part Partition) statement(name, of string) string {
	return "CREATE TABLE " + name + " PARTITION OF " + of + " " + part.Bounds + "\n"
}

// checkPartition refuses what is not one CREATE TABLE … PARTITION OF …, and in it what the DDL may not hold.
func (p *Provisioner) checkPartition(part Partition) error {
	for _, name := range []string{part.Of, part.Name} {
		if err := validateText(name, maxName); err != nil {
			return invalidConfig("partition: name %q: %w", name, err)
		}
	}
	bad := func(why string) error { return invalidConfig("partition: bounds %q: %s", part.Bounds, why) }
	words := append(strings.Fields(part.Bounds), "")
	if !strings.EqualFold(words[0], "DEFAULT") && !strings.EqualFold(words[0], "FOR") {
		return bad("they begin with neither FOR VALUES nor DEFAULT")
	}
	found, errs := sqlparse.ParseDDL(part.statement(quote(part.Name), quote(part.Of)), ddlLimits)
	switch {
	case len(errs) > 0:
		return bad(errs[0].Error())
	case len(found) != 1:
		return bad("they hold more than bounds")
	}
	c, err := newDDLCheck(p.cfg)
	if err != nil {
		return err
	}
	f := &file{}
	if c.definition(f, &found[0]); len(f.problems) > 0 {
		return bad(f.problems[0].Reason)
	}
	return nil
}

// addPartition makes it, under the tenant's path: bounds may hold the names of its types.
func (p *Provisioner) addPartition(
	ctx context.Context, tx *sql.Tx, in installation, t Tenant, part Partition,
) error {
	var owner, rights string
	const parent = `
SELECT pg_get_userbyid(c.relowner),
       COALESCE((SELECT string_agg(a.privilege_type, ', ') FROM aclexplode(c.relacl) AS a
                  WHERE a.grantee = to_regrole(quote_ident($3)) AND NOT a.is_grantable), '')
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'p'`
	err := tx.QueryRowContext(ctx, parent, t.Schema, part.Of, in.grantee(t)).Scan(&owner, &rights)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %q", ErrNotPartitioned, part.Of)
	}
	if err != nil {
		return err
	}
	name, of := quote(t.Schema)+"."+quote(part.Name), quote(t.Schema)+"."+quote(part.Of)
	create := "SET LOCAL search_path = " + quote(t.Schema) + ", pg_temp; " + part.statement(name, of) +
		"; SET LOCAL search_path = pg_catalog, pg_temp"
	if _, err := tx.ExecContext(ctx, create); err != nil {
		return asSentinel(err, ErrTableExists, codeDuplicateTable)
	}
	set := expand("REVOKE ALL ON "+name+" FROM PUBLIC, {{grantee}}", "grantee", in.grantee(t))
	if rights != "" {
		set += expand("; GRANT "+rights+" ON "+name+" TO {{grantee}}", "grantee", in.grantee(t))
	}
	if _, err = tx.ExecContext(ctx, set); err != nil || owner == in.administrator {
		return err
	}
	_, err = tx.ExecContext(ctx, "ALTER TABLE "+name+" OWNER TO "+quote(owner)) // by itself, as Citus wants it
	return err
}
