package doctor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
)

func TestServerFindings(t *testing.T) {
	good := func(change func(*server)) server {
		s := server{major: oldestServer, version: "x", encoding: "UTF8", lexer: "on"}
		change(&s)
		return s
	}
	for _, test := range []struct {
		server server
		want   []Status
	}{
		{good(func(*server) {}), nil},
		{good(func(s *server) { s.major = newestServer }), nil},
		{good(func(s *server) { s.major = newestServer + 1 }), []Status{Warning}},
		{good(func(s *server) { s.major = oldestServer - 1 }), []Status{Failure}},
		{good(func(s *server) { s.encoding = "SQL_ASCII" }), []Status{Failure}},
		{good(func(s *server) { s.lexer = "off" }), []Status{Failure}},
		{good(func(s *server) { s.replica = true }), []Status{Failure}},
		{good(func(s *server) { s.libraries = "auto_explain,$libdir/pg_hint_plan" }), []Status{Warning}},
		{server{}, []Status{Failure, Failure, Failure}},
	} {
		var got []Status
		for _, f := range test.server.findings() {
			if f.Remedy == "" {
				t.Errorf("%+v: no remedy for: %s", test.server, f.Detail)
			}
			got = append(got, f.Status)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.server, diff)
		}
	}
}

// A role of this installation's that another database knows may be a tenant's there: that one can be a copy of this.
func TestRoleOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.NoProof, w.options.NoDrift = true, true
	var role string
	const query = `SELECT quote_ident(shared_role || '_elsewhere') FROM docex_system.installation`
	if err := w.admin.QueryRow(query).Scan(&role); err != nil {
		t.Fatal(err)
	}
	w.exec(t, "CREATE ROLE "+role)
	t.Cleanup(func() { w.exec(t, "DROP ROLE "+role) }) // or another test's doctor finds it
	if f := w.run(t)["registry"]; f.Status != Warning || f.Remedy != "DROP ROLE "+role {
		t.Errorf("a role that belongs to nobody: %+v", f)
	}
	if _, err := pgtest.NewDB(t).Admin(t).Exec("GRANT USAGE ON SCHEMA public TO " + role); err != nil {
		t.Fatal(err)
	}
	if f, bad := w.run(t)["registry"]; bad {
		t.Errorf("a role that another database knows: %+v", f)
	}
}
