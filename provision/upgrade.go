package provision

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
)

//go:embed sql/upgrade/*.sql
var upgradeFS embed.FS

// Upgrade brings a system schema that an older docex made to the version that this one needs: all of it in one
// transaction, or nothing. It touches no tenant's schema. It is meant for a maintenance window: it waits for whatever
// provisioning and pinning is under way, and holds up what comes after until it is done.
//
// A schema that is up to date is left alone. One that a newer docex made is refused with [ErrSettingsMismatch]. The
// error otherwise matches [ErrNotInitialized], [ErrEnvironmentMismatch] or [ErrPrivileges].
func (p *Provisioner) Upgrade(ctx context.Context) error {
	a := &action{name: "upgrade"}
	return wrap("upgrade", "", p.act(ctx, a, func(tx *sql.Tx) error {
		from, err := p.lockVersion(ctx, tx)
		if err != nil {
			return err
		}
		a.detail = fmt.Sprintf("system schema from version %d to %d", from, systemVersion)
		if from == systemVersion {
			return nil
		}
		return p.upgrade(ctx, tx, from)
	}))
}

// lockVersion reads the version of the system schema, which no other transaction can then read until this one ends. It
// uses nothing that version 1 did not have.
func (p *Provisioner) lockVersion(ctx context.Context, tx *sql.Tx) (int, error) {
	taken, ours, err := p.systemSchemaState(ctx, tx)
	if err != nil {
		return 0, err
	}
	if !taken || !ours {
		return 0, fmt.Errorf("%w: no docex registry in schema %q", ErrNotInitialized, p.cfg.SystemSchema)
	}
	if _, err := tx.ExecContext(ctx, p.system(`LOCK TABLE {{system}}.installation, {{system}}.tenant`)); err != nil {
		return 0, err
	}
	var version int
	var environment string
	const query = `SELECT version, environment FROM {{system}}.installation`
	if err := tx.QueryRowContext(ctx, p.system(query)).Scan(&version, &environment); err != nil {
		return 0, err
	}
	if version > systemVersion {
		return 0, versionError(version)
	}
	return version, environmentError(environment, p.cfg)
}

// upgrade runs the steps, and then makes every function anew: so a step need not say which functions have changed.
func (p *Provisioner) upgrade(ctx context.Context, tx *sql.Tx, from int) error {
	for v := from + 1; v <= systemVersion; v++ {
		text, err := upgradeFS.ReadFile(fmt.Sprintf("sql/upgrade/%03d.sql", v))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, p.system(string(text))); err != nil {
			return fmt.Errorf("to version %d: %w", v, err)
		}
	}
	if err := p.remakeFunctions(ctx, tx); err != nil {
		return err
	}
	const set = `UPDATE {{system}}.installation SET version = $1`
	if _, err := tx.ExecContext(ctx, p.system(set), systemVersion); err != nil {
		return err
	}
	in, err := p.readable(ctx, tx)
	if err != nil {
		return err
	}
	if err := p.closeSystemSchema(ctx, tx, in.appRole); err != nil {
		return err
	}
	if err := p.grantPin(ctx, tx, in); err != nil || in.home.others != "" {
		return err
	}
	return recordHome(ctx, tx, in)
}

// remakeFunctions drops the functions of the system schema, and their triggers with them, and runs the files that make
// the current ones.
func (p *Provisioner) remakeFunctions(ctx context.Context, tx *sql.Tx) error {
	const drops = `
SELECT COALESCE(string_agg(format('DROP FUNCTION %s CASCADE', oid::regprocedure), '; '), '')
  FROM pg_proc WHERE pronamespace = quote_ident($1)::regnamespace`
	if err := runMade(ctx, tx, drops, p.cfg.SystemSchema); err != nil {
		return err
	}
	return p.runSystemFiles(ctx, tx, func(name string) bool { return name >= firstFunctionFile })
}

// firstFunctionFile is where the files of functions and triggers begin, in the order of names. Those before it make
// tables.
const firstFunctionFile = "020"
