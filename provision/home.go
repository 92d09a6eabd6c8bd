package provision

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// CopyError says that the database is a copy of another one, made with CREATE DATABASE … TEMPLATE or restored beside
// it: schemas belong to the database, roles to the whole server, so the two have tenants with the same roles, and what
// is done to a role in one holds in the other. It matches [ErrCopy].
type CopyError struct {
	Database string   // the copy
	Original string   // the database in which the installation was made; empty when that is not known
	Others   []string // the databases of the server that have rights of the installation's roles; sorted
	Rehoming bool     // a Rehome of this database was cut off and has to be called again
}

func (e *CopyError) Error() string {
	switch {
	case e.Rehoming:
		return fmt.Sprintf("%v: %q has been given roles of its own for some of its tenants, not for all yet", ErrCopy,
			e.Database)
	case e.Original != "":
		return fmt.Sprintf("%v: %q shares the roles of %q, in which docex was initialised", ErrCopy, e.Database, e.Original)
	}
	return fmt.Sprintf("%v, or its original: %q has the same roles as %q, and nothing says which is which", ErrCopy,
		e.Database, strings.Join(e.Others, ", "))
}

// Is reports whether target is ErrCopy.
func (e *CopyError) Is(target error) bool { return target == ErrCopy }

// CheckCopy returns a *[CopyError] in a copy of a database, in which whatever changes something is refused, and nil
// otherwise. The error otherwise matches [ErrNotInitialized] or [ErrUpgradeRequired]. It changes nothing.
//
// A database is taken for a copy when another one of its server has rights of the same roles, unless it is recorded as
// the one in which the installation was made. The record is the database's OID, which a new name leaves as it is, and
// pg_upgrade too. It stands in the comment on the shared role, which all databases of the server see, and other servers
// do not. So a database whose original is gone is no copy, nor is one that was restored on another server.
func (p *Provisioner) CheckCopy(ctx context.Context) error {
	in, err := p.readInstallation(ctx, p.db, "", nil)
	return wrap("check copy", "", cmp.Or(err, in.home.check()))
}

// ConfirmOriginal records the database as the one in which the installation was made. It is for where nothing says
// which of several databases is the original, as after an upgrade from a docex that did not record it. The others are
// copies from then on; call it in one of them only. Where the original is known and another one, the error matches
// [ErrCopy]. It is otherwise one of [Provisioner.Get]'s.
func (p *Provisioner) ConfirmOriginal(ctx context.Context) error {
	return wrap("confirm original", "", p.act(ctx, &action{name: "confirm original"}, func(tx *sql.Tx) error {
		in, err := p.readable(ctx, tx)
		if err != nil {
			return err
		}
		if in.home.original != "" || in.home.rehomedFrom != "" {
			return in.home.check()
		}
		return writeHome(ctx, tx, in)
	}))
}

// home is what the installation records of the database that it was made in, and what the server says.
type home struct {
	database    string // the current one
	recorded    bool   // it is the one in which the installation was made
	original    string // that, when it is another one of this server and has rights of the installation's roles
	others      string // what has rights of the installation's roles; quoted names, apart by commas
	rehomedFrom string
}

// homeColumns are expressions over i, the row of the installation. Where tenants have no roles, databases share none.
const homeColumns = `
       current_database(),
       COALESCE(` + homeOf + ` = (SELECT oid::text FROM pg_database WHERE datname = current_database()), false),
       COALESCE(i.rehomed_from, '')`

// readOthers looks for other databases, which is only done where the current one is not the recorded one: to plan this
// query takes as long as the rest of what each call reads.
func (p *Provisioner) readOthers(ctx context.Context, q queryer, in *installation) error {
	if in.home.recorded || !in.tenantRoles() {
		return nil
	}
	const query = `
SELECT COALESCE((SELECT o.datname FROM pg_database AS o
                  WHERE o.oid::text = h.home AND o.oid IN (` + knowsShared + `)), ''),
       COALESCE((SELECT string_agg(o.datname, E'\x01' ORDER BY o.datname) FROM pg_database AS o
                  WHERE o.oid <> d.oid AND o.oid IN (` + knowsShared + `)), '')
  FROM {{system}}.installation AS i JOIN pg_database AS d ON d.datname = current_database()
       CROSS JOIN LATERAL (SELECT` + homeOf + `) AS h (home)`
	return q.QueryRowContext(ctx, p.system(query)).Scan(&in.home.original, &in.home.others)
}

// homeOf is an expression over i: the OID that writeHome has written, or NULL. To call shobj_description takes longer.
const homeOf = `
       (SELECT substring(c.description FROM ' OID ([0-9]+)$') FROM pg_shdescription AS c
         WHERE c.classoid = 'pg_authid'::regclass AND c.objoid = to_regrole(quote_ident(i.shared_role))::oid)`

// knowsShared are the databases in which the shared role has rights. A new right is recorded there, and those of a
// template are recorded for its copy too. The right to connect, which a copy does not have, is not among them.
const knowsShared = `
    SELECT s.dbid FROM pg_shdepend AS s
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = to_regrole(quote_ident(i.shared_role))::oid`

// check returns a *CopyError for a copy.
func (h home) check() error {
	if h.rehomedFrom == "" && (h.recorded || h.others == "") {
		return nil
	}
	e := &CopyError{Database: h.database, Original: h.original, Rehoming: h.rehomedFrom != ""}
	if h.others != "" {
		e.Others = strings.Split(h.others, "\x01")
	}
	return e
}

// recordHome records that the installation, which is no copy, is in this database now. An administrator who may not
// alter the role does without: then copies are refused with their original, until one of them is rehomed.
func recordHome(ctx context.Context, tx *sql.Tx, in installation) error {
	if in.home.recorded || !in.tenantRoles() {
		return nil
	}
	if err := writeHome(ctx, tx, in); !errors.Is(err, ErrPrivileges) {
		return err
	}
	return nil
}

func writeHome(ctx context.Context, tx *sql.Tx, in installation) error {
	const query = `
SELECT format('COMMENT ON ROLE %I IS %L', $1::text, 'docex: shared by the tenants of the database with OID ' || d.oid)
  FROM pg_database AS d, pg_roles AS me
 WHERE datname = current_database() AND me.rolname = current_user AND (me.rolsuper OR me.rolcreaterole AND (
       current_setting('server_version_num')::integer < 160000 OR pg_has_role($1::name, 'MEMBER WITH ADMIN OPTION')))`
	err := runMade(ctx, tx, query, in.sharedRole)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: the administrator may not comment on role %q", ErrPrivileges, in.sharedRole)
	}
	return err
}
