package session

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// loginCheck says what a pin that asks the registry does about the login role.
type loginCheck uint8

const (
	loginRefuse  loginCheck = iota // a weak login fails the pin
	loginNote                      // a weak login is told in the answer
	loginChecked                   // it was looked at before, by any session
)

// sql is the first column of the answer and what it needs behind FROM. The server fails the pin by itself, since the
// statement is in the same write: what is not empty is no integer, and the error quotes it.
func (c loginCheck) sql() (column, from string) {
	weak := ", LATERAL (" + weakness + ") AS w"
	switch c {
	case loginChecked:
		return "''", ""
	case loginNote:
		return "w.weak", weak
	default:
		return "CASE WHEN w.weak OPERATOR(pg_catalog.<>) '' THEN w.weak::pg_catalog.int4::pg_catalog.text ELSE '' END", weak
	}
}

// weakness names in what ways the login has rights of tenants without taking on their roles, or may become a role that
// has. It is empty when there is none, and for a tenant without a role, where no second wall is. On PostgreSQL 15
// CREATEROLE may grant itself any role that is no superuser (manual, 22.2 "Role Attributes"); the predefined roles are
// in 22.5.
var weakness = qualified(`SELECT CASE WHEN p.role_name = 'none' THEN '' ELSE pg_catalog.concat_ws(', ',
 CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
 CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
 CASE WHEN NOT rolsuper THEN pg_catalog.substring(pg_catalog.concat_ws(', ',
 CASE WHEN pg_catalog.pg_has_role(l.oid, p.role_name, 'USAGE') THEN 'INHERIT' END,
 (SELECT pg_catalog.string_agg('member of ' || r.rolname, ', ') FROM pg_catalog.pg_roles AS r WHERE CASE WHEN r.rolsuper
 OR r.rolbypassrls OR r.rolcreaterole
 OR r.rolname ~ '^pg_(read_all_data|write_all_data|(read|write)_server_files|execute_server_program)$'
 THEN r.oid <> l.oid AND pg_catalog.pg_has_role(l.oid, r.oid, 'MEMBER') ELSE false END)), '.+') END) END AS weak
 FROM pg_catalog.pg_roles AS l WHERE rolname = session_user`)

// qualified names the operators of a query in full. A function of a tenant's own may have moved search_path, and the
// query runs as the login role, which may become any tenant's: a bare operator could be the tenant's, and run its code.
func qualified(query string) string {
	return operators.Replace(query)
}

var operators = strings.NewReplacer(" = ", " OPERATOR(pg_catalog.=) ", " <> ", " OPERATOR(pg_catalog.<>) ",
	" ~ ", " OPERATOR(pg_catalog.~) ", " || ", " OPERATOR(pg_catalog.||) ")

// loginCheck is what the session's next pin has to do.
func (s *Session) loginCheck() loginCheck {
	_, known := s.shared.logins.Load(s.login())
	switch {
	case known:
		return loginChecked
	case s.shared.AllowWeakLogin:
		return loginNote
	default:
		return loginRefuse
	}
}

// login is the role that the session logged in as, as far as the server, or a pooler, reports it.
func (s *Session) login() string {
	if s.conn == nil {
		return ""
	}
	return s.conn.PgConn().ParameterStatus("session_authorization")
}

// weakLogin words the refusal.
func weakLogin(how string) error {
	return fmt.Errorf("%w: %s; log in as a role made with CREATE ROLE … LOGIN NOINHERIT, or set docex_allow_weak_login",
		ErrWeakLogin, how)
}

// asWeakLogin recognises the error by which loginRefuse fails a pin, which quotes the weakness; nil is another error.
func asWeakLogin(err error) error {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || pgErr.Code != "22P02" {
		return nil
	}
	_, how, _ := strings.Cut(pgErr.Message, `"`)
	if end := strings.LastIndexByte(how, '"'); end >= 0 {
		return weakLogin(how[:end])
	}
	return weakLogin("docex doctor says how")
}
