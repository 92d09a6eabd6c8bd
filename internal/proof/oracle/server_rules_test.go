package oracle

import (
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// No policy opens a setting that the driver's RESET ALL leaves for the next tenant.
func TestNoSettingLasts(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.NewDB(t).AdminDSN, "pg_catalog")
	// pg_settings leaves out those that SHOW ALL does.
	lasting := s.lines(t, `SELECT name FROM (SELECT name FROM pg_settings UNION ALL
 VALUES ('seed'), ('role'), ('session_authorization'), ('is_superuser')) AS s (name)
 WHERE 'NO_RESET_ALL' = ANY (pg_settings_get_flags(name))`)
	if len(lasting) < 6 {
		t.Errorf("the server names only %v", lasting)
	}
	for _, name := range lasting {
		if _, err := guard.New(guard.Policy{AllowSettings: []string{name}}); err == nil {
			t.Errorf("%s may be set", name)
		}
	}
}

// What newer servers take for syntax is to PostgreSQL 15 a function of a schema on the path, which the policy has to
// name.
func TestSyntaxThatWasACall(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.NewDB(t).AdminDSN, "tenant_acme, ext")
	s.must(t, `CREATE SCHEMA tenant_acme; CREATE SCHEMA ext;
CREATE FUNCTION ext.json_array(integer) RETURNS text LANGUAGE sql AS $$SELECT 'called'$$;
CREATE AGGREGATE ext.json_arrayagg(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '41')`)
	g, err := guard.New(guard.Policy{ExtensionSchemas: []string{"ext"}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][2]string{ // on 15, and later
		"SELECT json_array(1)":    {"called", "[1]"},
		"SELECT json_arrayagg(1)": {"42", "[1]"},
	} {
		got := s.lines(t, text)[0]
		if expected := want[min(max(s.major-15, 0), 1)]; got != expected {
			t.Errorf("%s: PostgreSQL %d says %s, want %s", text, s.major, got, expected)
		}
		if g.Check(tenant, text) == nil {
			t.Errorf("%s is allowed", text)
		}
	}
	// The forms with words that 15 does not know are no calls there.
	for _, text := range []string{
		"SELECT JSON_ARRAY(1 NULL ON NULL)", "SELECT JSON_ARRAY(1 RETURNING text)", "SELECT JSON_OBJECT('a': 1)",
	} {
		err := s.conn.ExecParams(t.Context(), text, nil, nil, nil, nil).Read().Err
		if (err != nil) != (s.major == 15) {
			t.Errorf("%s: PostgreSQL %d says %v", text, s.major, err)
		}
		if err := g.Check(tenant, text); err != nil {
			t.Error(err)
		}
	}
}
