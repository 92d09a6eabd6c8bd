package oracle

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/corpus"
	"github.com/docex/docex/internal/testkit/pgtest"
)

const tenant = "tenant_acme"

// policy is the policy of the corpus: the strictest, but for the shared schema and the functions of setup.sql.
var policy = guard.Policy{
	SharedSchemas:   []string{"ref"},
	SharedRelations: []string{"countries", "currencies"},
	TenantFunctions: corpus.TenantFunctions,
}

func newGuard(t *testing.T) *guard.Guard {
	t.Helper()
	here := policy
	here.SystemSchema = "not_here" // setup.sql is no installation of docex's, whose functions package driver tests
	g, err := guard.New(here)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// world returns a database of setup.sql in which everybody has lost what no statement of a tenant may need: to read the
// catalogs, and to call the functions that the guard refuses by name. So a call that no rule of the guard has seen,
// such as that of a field, fails for permission.
func world(t *testing.T) *pgtest.DB {
	t.Helper()
	return pgtest.NewDBFrom(t, "setup.sql", func(db *pgtest.DB) {
		setup, err := os.ReadFile("../../../testdata/guard/setup.sql")
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, db.AdminDSN, "public")
		s.must(t, strings.ReplaceAll(string(setup), "{app}", db.AppRole))
		s.must(t, "REVOKE SELECT ON ALL TABLES IN SCHEMA pg_catalog, information_schema FROM PUBLIC")
		s.must(t, strings.ReplaceAll(revokeFunctions, "{names}", strings.Join(refusedFunctions(t), ",")))
	})
}

const revokeFunctions = `DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
    AND proname = ANY ('{{names}}'::name[]) LOOP
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', f);
  END LOOP;
END $$`

// refusedFunctions reads the names of functions that are refused whatever their arguments. Those of casts are left out:
// '5'::int and nextval('name'::text) call int4in and regclass.
func refusedFunctions(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../../../guard/functions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		if f := strings.Split(line, "\t"); len(f) > 2 && f[1] == "refused" && f[2] != "type-io" && f[0] != "regclass" {
			names = append(names, f[0])
		}
	}
	if len(names) < 500 {
		t.Fatalf("functions.tsv refuses %d functions, want at least 500", len(names))
	}
	return names
}

// session is one connection to a database, pinned to the tenant as the guard's promise says.
type session struct {
	conn    *pgconn.PgConn
	notices []string // what the server said besides results
	major   int      // of the server's version

	surroundings string // the query of the function of this name
}

func open(t testing.TB, dsn, searchPath string) *session {
	t.Helper()
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{}
	config.RuntimeParams["search_path"] = searchPath
	config.RuntimeParams["statement_timeout"] = "10s"
	config.RuntimeParams["jit"] = "off" // it takes longer than the statements
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		s.notices = append(s.notices, n.Message, n.Detail, n.Hint, n.Where)
	}
	if s.conn, err = pgconn.ConnectConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for _, c := range s.conn.ParameterStatus("server_version") {
		if c < '0' || c > '9' {
			break
		}
		s.major = 10*s.major + int(c-'0')
	}
	return s
}

// pinned opens a session with the tenant's search_path.
func pinned(t testing.TB, dsn string) *session { return open(t, dsn, tenant+", ref, pg_temp") }

// must runs a script of the test's own.
func (s *session) must(t testing.TB, script string) {
	t.Helper()
	if _, err := s.conn.Exec(context.Background(), script).ReadAll(); err != nil {
		t.Fatalf("%.200s: %v", script, err)
	}
}

// lines returns the first column of a query's result.
func (s *session) lines(t testing.TB, query string) []string {
	t.Helper()
	result := s.conn.ExecParams(context.Background(), query, nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatalf("%.200s: %v", query, result.Err)
	}
	out := make([]string, len(result.Rows))
	for i, row := range result.Rows {
		out[i] = string(row[0])
	}
	return out
}
