package provision

import (
	"context"
	"database/sql"
	_ "embed"
	"maps"
	"regexp"
	"slices"
	"strings"
)

//go:embed sql/objects/read_only.sql
var readOnlySQL string

// defaultReadOnlyTables are what the tools call their own tables where nobody says otherwise. "migrations" of Laravel
// and TypeORM is not among them: programs have tables of that name, too.
var defaultReadOnlyTables = []string{
	"schema_migrations",           // golang-migrate, dbmate, Rails, Ecto
	"ar_internal_metadata",        // Rails
	"goose_db_version",            // goose
	"gorp_migrations",             // sql-migrate
	"schema_version",              // tern, older Flyway
	"flyway_schema_history",       // Flyway
	"databasechangelog",           // Liquibase
	"databasechangeloglock",       //
	"atlas_schema_revisions",      // Atlas
	"bun_migrations",              // bun
	"bun_migration_locks",         //
	"river_migration",             // River
	"alembic_version",             // Alembic
	"django_migrations",           // Django
	"_sqlx_migrations",            // sqlx
	"__diesel_schema_migrations",  // Diesel
	"refinery_schema_history",     // refinery
	"_prisma_migrations",          // Prisma
	"knex_migrations",             // Knex
	"knex_migrations_lock",        //
	"pgmigrations",                // node-pg-migrate
	"mikro_orm_migrations",        // MikroORM
	"SequelizeMeta",               // Sequelize
	"doctrine_migration_versions", // Doctrine
	"phinxlog",                    // Phinx
	"__EFMigrationsHistory",       // Entity Framework Core
}

// DefaultReadOnlyTables returns the names that a nil [Config.ReadOnlyTables] stands for: those that migration tools
// give the tables in which they keep what they have done. The slice is the caller's.
func DefaultReadOnlyTables() []string { return slices.Clone(defaultReadOnlyTables) }

// closeTables takes writing in Config.ReadOnlyTables from a tenant. The administrator owns the tables, so a tool that
// runs as the administrator goes on writing.
func (p *Provisioner) closeTables(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	if len(p.cfg.ReadOnlyTables) == 0 {
		return nil
	}
	views, err := p.writableViews(ctx, tx, in, t)
	if err != nil {
		return err
	}
	return runMade(ctx, tx, readOnlySQL, t.Schema, p.cfg.ReadOnlyTables, in.grantee(t), views)
}

// writableViews returns the views through which a tenant would write Config.ReadOnlyTables. A description is what
// readOnly goes by, too, so that Verify and this agree; it is made only where there are views.
func (p *Provisioner) writableViews(ctx context.Context, tx *sql.Tx, in installation, t Tenant) ([]string, error) {
	const query = `
SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident($1)) AND relkind = 'v')`
	var views bool
	if err := tx.QueryRowContext(ctx, query, t.Schema).Scan(&views); err != nil || !views {
		return []string{}, err
	}
	got, err := p.describe(ctx, tx, in, t)
	return slices.DeleteFunc(got.schema.relationsOf(p.cfg.ReadOnlyTables), func(name string) bool {
		return !has(got.schema, object{"view", name})
	}), err
}

// namesIn returns which of names a DDL speaks of, if only in a comment. Names that its functions put together as they
// run are missed; of tables that are made so, Verify tells that they can be written.
func (d ddl) namesIn(names []string) []string {
	lower := make([]string, len(d.files)) // unquoted names are folded
	for i, f := range d.files {
		lower[i] = strings.ToLower(f.text)
	}
	var found []string
	for _, name := range names {
		name := strings.ToLower(name)
		if slices.ContainsFunc(lower, func(text string) bool { return strings.Contains(text, name) }) {
			found = append(found, name)
		}
	}
	return found
}

// readOnly returns s as it is where the tenant can only read the tables of these names, as closeTables sees to it.
func (s shape) readOnly(names []string) shape {
	closed := s.relationsOf(names)
	if len(closed) == 0 {
		return s
	}
	s = maps.Clone(s)
	for o, rights := range s {
		on, ok := strings.CutSuffix(o.name, " to {{role}}")
		if !ok {
			on, ok = strings.CutSuffix(o.name, " to PUBLIC")
		}
		if o.kind != "grant" || !ok || !slices.ContainsFunc(closed, func(relation string) bool {
			return on == relation || strings.HasPrefix(on, relation+".") // a column of it
		}) {
			continue
		}
		left := slices.DeleteFunc(strings.Split(rights, ", "), func(r string) bool { return !strings.HasPrefix(r, "SELECT") })
		if s[o] = strings.Join(left, ", "); len(left) == 0 {
			delete(s, o)
		}
	}
	return s
}

// relationsOf returns the tables of these names that are in s, their partitions and columns' sequences, and the views
// through which they are written, as the server prints them.
func (s shape) relationsOf(names []string) []string {
	var found []string
	for _, name := range names {
		for _, printed := range []string{name, quote(name)} {
			if _, ok := s[object{"table", printed}]; ok {
				found = append(found, printed)
			}
		}
	}
	for i := 0; i < len(found); i++ { // found grows
		for o, definition := range s {
			partition := o.kind == "table" && strings.Contains(definition, "INHERITS ("+found[i]+")")
			sequence := o.kind == "sequence" && strings.Contains(definition, " OWNED BY "+found[i]+".")
			view := o.kind == "view" && writes(definition, found[i])
			if partition || sequence || view {
				found = append(found, o.name)
			}
		}
	}
	return found
}

// asInvoker matches the option by which a view reads and writes with the rights of who asks for it.
var asInvoker = regexp.MustCompile(`^WITH \([^)]*\bsecurity_invoker=(?i:t|tr|tru|true|on|y|ye|yes|1)\b[^)]*\) AS `)

// writes reports whether rows of a relation may be written through a view of this definition, with the rights of the
// view's owner, which are the administrator's (PostgreSQL manual, CREATE VIEW, "Updatable Views"). Such a view has one
// relation behind FROM. It may be one too many: a view of other tables with such a query inside.
func writes(definition, relation string) bool {
	if asInvoker.MatchString(definition) {
		return false
	}
	one := regexp.MustCompile(`\bFROM (?:ONLY )?` + regexp.QuoteMeta(relation) +
		`(?: [^\s(),;]+(?:\([^)]*\))?)?(?:\n|;|$)`)
	return one.MatchString(definition)
}
