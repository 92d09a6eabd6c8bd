package provision

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"fmt"

	"github.com/docex/docex/scope"
)

//go:embed sql/system/*.sql
var systemFS embed.FS

// Init creates the system schema, the registry with the system tenant, and the pin function, and grants the application
// role the use of the latter; see [Config] for what it takes from PUBLIC and what it shares. It validates server,
// privileges and application role before it changes anything, and does all of it in one transaction.
//
// Before it is done it tries Config.DDL and Config.Seed, if there is one of them: it makes a tenant as Create does, and
// rolls that back. Nothing of the trial stays.
//
// Init is idempotent: on a database that it has initialised for the same environment and settings it only repeats the
// grants, and the trial. The error matches [ErrDDL] with the server's error, file and line when the trial fails. It
// otherwise matches [ErrServerVersion], [ErrServerSettings], [ErrPrivileges], [ErrAppRole],
// [ErrCitus], [ErrEnvironmentMismatch], [ErrSettingsMismatch], [ErrUpgradeRequired], [ErrSchemaExists] for a schema of
// that name that is not docex's, [ErrNoRole], [ErrCopy], or [ErrInvalidConfig] for a shared or extension schema that is
// missing or in which the application may create objects.
func (p *Provisioner) Init(ctx context.Context) error {
	err := p.act(ctx, &action{name: "init"}, func(tx *sql.Tx) error {
		srv, err := readServer(ctx, tx)
		if err != nil {
			return err
		}
		if err := srv.check(); err != nil {
			return err
		}
		in, err := p.installOnce(ctx, tx, srv)
		if err != nil {
			return err
		}
		if err := p.grantInstallation(ctx, tx, srv, in); err != nil {
			return asSentinel(err, ErrNoRole, codeUndefinedObject)
		}
		if err := p.tryDDL(ctx, tx, in); err != nil {
			return err
		}
		return recordHome(ctx, tx, in)
	})
	return wrap("init", "", err)
}

// installOnce returns the installation that is there, or makes it.
func (p *Provisioner) installOnce(ctx context.Context, tx *sql.Tx, srv server) (installation, error) {
	taken, ours, err := p.systemSchemaState(ctx, tx)
	if err != nil {
		return installation{}, err
	}
	if taken && !ours {
		return installation{}, fmt.Errorf("%w: %q holds no docex registry; drop it or configure another SystemSchema",
			ErrSchemaExists, p.cfg.SystemSchema)
	}
	if !taken {
		return p.install(ctx, tx, srv)
	}
	in, err := p.installation(ctx, tx)
	if err != nil {
		return in, err
	}
	if err := srv.checkRoles(ctx, tx, p.cfg, in); err != nil {
		return in, err
	}
	if err := p.checkDistributable(in); err != nil {
		return in, err
	}
	_, err = p.checkStrategy(ctx, tx, in)
	return in, err
}

// checkStrategy returns the installation's strategy, if the server can carry it out.
func (p *Provisioner) checkStrategy(ctx context.Context, tx *sql.Tx, in installation) (strategy, error) {
	s, err := newStrategy(p.cfg.Strategy, in.distribution)
	if err != nil {
		return nil, err
	}
	return s, s.check(ctx, tx)
}

// systemSchemaState reports whether a schema of the configured name exists, and whether it has docex's registry.
func (p *Provisioner) systemSchemaState(ctx context.Context, tx *sql.Tx) (taken, ours bool, err error) {
	const query = `
SELECT count(*) > 0, COALESCE(bool_and(
         EXISTS (SELECT FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
                  WHERE c.relnamespace = n.oid AND c.relname = 'installation' AND a.attname = 'environment')
     AND EXISTS (SELECT FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
                  WHERE c.relnamespace = n.oid AND c.relname = 'tenant' AND a.attname = 'is_system')
     AND EXISTS (SELECT FROM pg_proc AS f WHERE f.pronamespace = n.oid AND f.proname = 'pin')), false)
  FROM pg_namespace AS n WHERE n.nspname = $1`
	err = tx.QueryRowContext(ctx, query, p.cfg.SystemSchema).Scan(&taken, &ours)
	return taken, ours, err
}

// install creates everything that is not there yet.
func (p *Provisioner) install(ctx context.Context, tx *sql.Tx, srv server) (installation, error) {
	in := p.newInstallation(srv)
	if err := srv.checkRoles(ctx, tx, p.cfg, in); err != nil {
		return in, err
	}
	if _, err := p.checkStrategy(ctx, tx, in); err != nil {
		return in, err
	}
	if err := p.createSystemSchema(ctx, tx, in); err != nil {
		return in, err
	}
	if in.tenantRoles() {
		if err := createSharedRole(ctx, tx, srv, in); err != nil {
			return in, err
		}
	}
	const insertInstallation = `
INSERT INTO {{system}}.installation (id, version, environment, distribution, app_role, shared_role)
VALUES ($1, $2, $3, $4, $5, NULLIF($6, ''))`
	if _, err := tx.ExecContext(ctx, p.system(insertInstallation),
		in.id, in.version, in.environment, string(in.distribution), in.appRole, in.sharedRole); err != nil {
		return in, err
	}
	const insertTenant = `
INSERT INTO {{system}}.tenant (id, display_name, is_system, strategy, schema_name) VALUES ($1, 'system', true, $2, $3)`
	_, err := tx.ExecContext(ctx, p.system(insertTenant), in.systemTenantID, string(p.cfg.Strategy), p.cfg.SystemSchema)
	return in, err
}

// newInstallation decides what will be recorded.
func (p *Provisioner) newInstallation(srv server) installation {
	in := installation{
		id:             newInstallationID(),
		version:        systemVersion,
		environment:    p.cfg.Environment,
		distribution:   cmp.Or(p.cfg.Distribution, Local),
		appRole:        p.cfg.AppRole,
		systemTenantID: p.cfg.SystemTenantID,
		serverVersion:  srv.version,
		administrator:  srv.current,
		home:           home{recorded: true}, // by createSharedRole
	}
	if in.appRole == "" {
		in.appRole = srv.session
	}
	if in.systemTenantID == "" {
		in.systemTenantID = scope.SystemTenantID
	}
	if !p.cfg.NoTenantRoles {
		in.sharedRole = sharedRoleName(in.id)
	}
	return in
}

// createSharedRole makes the role that all tenants' roles are members of. It may connect to the database, which no
// session of its own ever does: by that right the server knows which database the role belongs to, and refuses to drop
// it before.
func createSharedRole(ctx context.Context, tx *sql.Tx, srv server, in installation) error {
	const create = `CREATE ROLE {{role}} NOLOGIN; ` + grantConnect
	if _, err := tx.ExecContext(ctx, expand(create, "role", in.sharedRole, "database", srv.database)); err != nil {
		return asSentinel(err, ErrRoleExists, codeDuplicateObject, codeUniqueViolation)
	}
	return writeHome(ctx, tx, in)
}

const grantConnect = `GRANT CONNECT ON DATABASE {{database}} TO {{role}}`

// createSystemSchema runs the embedded files in the order of their names.
func (p *Provisioner) createSystemSchema(ctx context.Context, tx *sql.Tx, in installation) error {
	err := p.runSystemFiles(ctx, tx, func(string) bool { return true })
	if err != nil {
		return asSentinel(err, ErrSchemaExists, codeDuplicateSchema)
	}
	return p.closeSystemSchema(ctx, tx, in.appRole)
}

func (p *Provisioner) runSystemFiles(ctx context.Context, tx *sql.Tx, wanted func(name string) bool) error {
	d, err := readDDL(systemFS, "sql/system")
	if err != nil {
		return err
	}
	for _, f := range d.files {
		if !wanted(f.name) {
			continue
		}
		if _, err := tx.ExecContext(ctx, p.system(f.text)); err != nil {
			return err
		}
	}
	return nil
}

// closeSystemSchema takes back what a login of the application has there, unless it is the owner.
func (p *Provisioner) closeSystemSchema(ctx context.Context, tx *sql.Tx, app string) error {
	var owner string
	const query = `SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = $1`
	if err := tx.QueryRowContext(ctx, query, p.cfg.SystemSchema).Scan(&owner); err != nil || owner == app {
		return err
	}
	const revoke = `
REVOKE ALL ON SCHEMA {{system}} FROM {{app}};
REVOKE ALL ON ALL TABLES IN SCHEMA {{system}} FROM {{app}};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA {{system}} FROM {{app}};
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {{system}} FROM {{app}}`
	_, err := tx.ExecContext(ctx, expand(revoke, "system", p.cfg.SystemSchema, "app", app))
	return err
}
