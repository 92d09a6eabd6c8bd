package provision

import (
	"cmp"
	"context"
	"database/sql"
	"io"
)

// Section is a part of an archive, by the name that pg_restore's option --section has for it.
type Section string

const (
	SectionPreData  Section = "pre-data"  // types, functions, tables
	SectionData     Section = "data"      // rows, and where sequences stand
	SectionPostData Section = "post-data" // indexes, constraints, triggers, the rows of materialized views
)

// SectionFunc has read read the SQL of one section of an archive, as pg_restore prints it for one schema without
// owners and rights. It returns read's error, or says that the SQL was cut short, which read cannot always tell.
type SectionFunc func(ctx context.Context, schema string, s Section, read func(io.Reader) error) error

// ImportOptions say what an archive becomes. The zero value means an active tenant with the id and the name that it
// had.
type ImportOptions struct {
	ID          string // another id; the schema and the role are named after it
	DisplayName string // another name
	Suspended   bool   // the tenant is there and cannot be worked for yet
	// Restore brings a dropped tenant back under its id. Only an archive that Export has made of this very tenant in this
	// database is taken: the audit log has its SHA-256.
	Restore bool
	// Progress is called from time to time with how many rows have been sent. Nil means nobody wants to know.
	Progress func(rows int64)
}

// Imported is what Import has made.
type Imported struct {
	Tenant Tenant // as registered
	// Lost are rights on the tenant's objects that the archive's tenant had, beside those that each tenant has: the
	// administrator's grants to roles by name, for example. Grant them again where they are wanted.
	Lost []Difference
	// Compared is how closely the restored schema could be held against the manifest.
	Compared Depth
}

// Import makes a tenant of an archive that Export has made, in this or another database. Its DDL, digest and version
// are those of the archive's tenant, not the Provisioner's. Where the version means another DDL here, it gets none. Its
// role has the rights that it had there, as far as Create gives them, and no right to write in
// [Config.ReadOnlyTables].
//
// The text of its DDL, which [Provisioner.UpgradeTenants] needs, is kept where it is the Provisioner's. An upgrade that
// has its second part to do goes on here with the same script.
//
// It is one transaction: role and schema are made as Create makes them, sections are read into it, and the result is
// held against the manifest: definitions of all objects, rows of all tables, sequences. Only then is the tenant
// registered. On Citus it is distributed before that, so that the rows that are counted are those on the worker. On any
// error, a cancelled ctx included, nothing is left behind; only when the connection breaks while the commit is under
// way is the outcome open, and Get tells. The SQL of an archive runs with the administrator's rights: import only what
// you trust.
//
// The error matches [ErrArchive] for a manifest of another format, for what differs from the manifest, where errors.As
// finds a *[DriftError] if that is an object, and for Restore of what is not an archive of that tenant;
// [ErrTenantExists] for a tenant that is there, or was dropped and is not to be restored; and otherwise as for
// [Provisioner.Create].
func (p *Provisioner) Import(ctx context.Context, m Manifest, sections SectionFunc, o ImportOptions) (Imported, error) {
	id := cmp.Or(o.ID, m.Tenant.ID)
	done, err := p.importAs(ctx, m, sections, id, o)
	return done, wrap("import", id, err)
}

func (p *Provisioner) importAs(
	ctx context.Context, m Manifest, sections SectionFunc, id string, o ImportOptions,
) (Imported, error) {
	t, err := p.newTenant(Tenant{ID: id, DisplayName: cmp.Or(o.DisplayName, m.Tenant.DisplayName)})
	if err == nil {
		err = m.check()
	}
	if err != nil {
		return Imported{}, err
	}
	t.DDLDigest, t.DDLVersion = m.Tenant.DDLDigest, m.Tenant.DDLVersion
	l := lease{db: p.db}
	defer l.retire() // the archive's SQL may have changed settings of the session
	conn, err := l.get(ctx)
	if err != nil {
		return Imported{}, err
	}
	done := Imported{Tenant: t}
	a := &action{name: "import", tenant: id, detail: importDetail(m)}
	err = p.actOn(ctx, conn, a, func(tx *sql.Tx) error {
		in, err := p.mayImport(ctx, tx, t, m, o)
		if err != nil {
			return err
		}
		strategy, err := p.checkStrategy(ctx, tx, in)
		if err != nil {
			return err
		}
		done.Tenant.Role = in.roleFor(id)
		if o.Restore && in.tenantRoles() {
			if err := p.freeRole(ctx, tx, strategy, in, &done.Tenant); err != nil {
				return err
			}
		}
		if err := p.boundary(ctx, tx, strategy, in, done.Tenant); err != nil {
			return err
		}
		r := restoring{conn: conn, tx: tx, m: m, strategy: strategy, in: in, t: done.Tenant,
			progress: o.Progress}
		if err := p.restore(ctx, r, sections); err != nil {
			return err
		}
		return p.finishImport(ctx, tx, in, m, o, &done)
	})
	if err != nil {
		return Imported{}, err
	}
	return done, nil
}
