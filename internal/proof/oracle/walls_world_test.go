package oracle

import (
	"context"
	"database/sql"
	_ "embed"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// What the two tenants and their surroundings are made of; see the files.
var (
	//go:embed testdata/walls/tenant.sql
	tenantDDL string
	//go:embed testdata/walls/around.sql
	aroundSQL string
	//go:embed testdata/walls/rows.sql
	rowsSQL string
)

// installation is a database that the provisioner has set up, with the tenants acme and globex and the shared schema
// ref.
type installation struct {
	*pgtest.DB
	admin *sql.DB
	roles map[string]string // by tenant; "" where tenants have none
}

// install makes one. With roles, the login is a role of its own that is a member of the tenants'; without, it holds the
// rights on every tenant's schema itself.
func install(t *testing.T, noRoles bool) *installation {
	t.Helper()
	db := pgtest.NewDB(t)
	in := &installation{DB: db, admin: db.Admin(t), roles: map[string]string{}}
	in.exec(t, `CREATE SCHEMA ref;
CREATE TABLE ref.countries (code char(2) PRIMARY KEY, name text NOT NULL, vat numeric);
CREATE TABLE ref.currencies (code char(3) PRIMARY KEY, name text NOT NULL);
INSERT INTO ref.countries VALUES ('DE', 'Germany', 19), ('FR', 'France', 20);
INSERT INTO ref.currencies VALUES ('EUR', 'Euro'), ('USD', 'US Dollar')`)
	p, err := provision.New(in.admin, provision.Config{
		AppRole: db.AppRole, NoTenantRoles: noRoles, SharedSchemas: []string{"ref"},
		DDL: provision.DDLString(tenantDDL),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, mark := range map[string]string{"acme": "acme", "globex": "GLOBEX-SECRET"} {
		created, err := p.Create(t.Context(), provision.Tenant{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		in.roles[id] = created.Role
		in.exec(t, strings.NewReplacer("{schema}", created.Schema, "{mark}", mark).Replace(rowsSQL))
	}
	in.exec(t, aroundSQL)
	return in
}

func (in *installation) exec(t *testing.T, script string) {
	t.Helper()
	if _, err := in.admin.ExecContext(t.Context(), script); err != nil {
		t.Fatalf("%.200s: %v", script, err)
	}
}

// pinned opens a session of the application's login and pins it to a tenant as the driver does.
func (in *installation) pinned(t *testing.T, tenant string) *session {
	t.Helper()
	s := open(t, in.AppDSN, "pg_catalog")
	const pin = `SELECT pg_catalog.set_config('role', p.role_name, false), pg_catalog.set_config('search_path', $3, false)
 FROM docex_system.pin($1, $2) AS p`
	schema := "tenant_" + tenant
	path := pgx.Identifier{schema}.Sanitize() + ", ref, pg_temp"
	if err := s.conn.ExecParams(t.Context(), pin, [][]byte{[]byte(tenant), []byte(schema), []byte(path)}, nil, nil,
		nil).Read().Err; err != nil {
		t.Fatal(err)
	}
	return s
}

// localized puts this server's names and numbers where the corpus has those of the server that it was made on.
func (in *installation) localized(t *testing.T, all []statement) []statement {
	t.Helper()
	var pairs []string
	rows, err := in.admin.QueryContext(t.Context(), numbers, in.Name, in.roles["globex"])
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var from, to string
		if err := rows.Scan(&from, &to); err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, from, to)
	}
	if err := rows.Err(); err != nil || len(pairs) < 2*15 {
		t.Fatalf("%d numbers, want at least 15 (%v)", len(pairs)/2, err)
	}
	for tenant, role := range in.roles {
		if role != "" {
			pairs = append(pairs, "tenant_"+tenant+"_role", role)
		}
	}
	pairs = append(pairs, "corpus_app", in.AppRole, "dbname=corpus", "dbname="+in.Name, "'corpus'", "'"+in.Name+"'",
		"corpus.tenant", in.Name+".tenant", "DATABASE corpus", "DATABASE "+in.Name)
	here := strings.NewReplacer(pairs...)
	local := make([]statement, len(all))
	for i, st := range all {
		st.sql = here.Replace(st.sql)
		args := make([][]byte, len(st.args))
		for j, arg := range st.args {
			if arg != nil {
				args[j] = []byte(here.Replace(string(arg)))
			}
		}
		st.args = args
		local[i] = st
	}
	return local
}

// numbers tells what each number of the corpus stands for. $1 is the database, $2 is globex's role.
const numbers = `
WITH g AS (SELECT 'tenant_globex'::regnamespace::oid AS n, 'tenant_globex.documents'::regclass::oid AS d)
SELECT v.name, v.number FROM g, LATERAL (VALUES
  ('990000', (g.d::bigint - 1)::text), ('990001', g.d::text),
    ('990002', 'tenant_globex.doc_number_seq'::regclass::oid::text),
  ('990003', 'tenant_globex.doc_status'::regtype::oid::text), ('990004', 'tenant_globex.documents'::regtype::oid::text),
  ('990005', 'tenant_globex.get_secret'::regproc::oid::text), ('990006', g.n::text),
  ('990007', COALESCE((SELECT oid::text FROM pg_roles WHERE rolname = $2), '10')),
  ('990008', 'tenant_globex.tenant_cfg'::regconfig::oid::text),
    ('990009', 'tenant_globex.active_documents'::regclass::oid::text),
  ('990010', 'tenant_globex.documents_pkey'::regclass::oid::text),
  ('990013', (SELECT pid::text FROM pg_stat_activity WHERE application_name = 'globex-worker' AND datname = $1)),
  ('990014', 'tenant_globex.tenant_coll'::regcollation::oid::text),
    ('990017', 'tenant_globex.@+(int,int)'::regoperator::oid::text),
  ('990020', (SELECT r.oid::text FROM pg_rewrite AS r WHERE r.ev_class = 'tenant_globex.active_documents'::regclass)),
  ('990021', pg_relation_filenode(g.d)::text), ('990022', 'tenant_globex.events'::regclass::oid::text),
  ('990030', (SELECT b::text FROM pg_stat_get_backend_idset() AS b WHERE pg_stat_get_backend_pid(b) =
              (SELECT pid FROM pg_stat_activity WHERE application_name = 'globex-worker' AND datname = $1))),
  ('990090', (SELECT oid::text FROM pg_database WHERE datname = $1)),
  ('990098', g.n::text), ('990099', (g.n::bigint + 500)::text)) AS v (name, number)`

// worker is a session that works for globex meanwhile: it has run a statement, holds a lock and listens.
func (in *installation) worker(t *testing.T) {
	t.Helper()
	s := in.pinned(t, "globex")
	s.must(t, `SET application_name = 'globex-worker'; LISTEN tenant_events; SELECT pg_advisory_lock(424242)`)
	if result := s.conn.ExecParams(context.Background(), `SELECT 'GLOBEX-SECRET-QUERY'`, nil, nil, nil,
		nil).Read(); result.Err != nil {
		t.Fatal(result.Err)
	}
}
