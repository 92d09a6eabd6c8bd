package pgarchive

import (
	"strings"
	"testing"
)

// libpq gets what it knows of a DSN, and the password never with the rest.
func TestConnection(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]connection{
		"postgres://u:p%40w@h:1/db": {"dbname='db' host='h' port='1' user='u'", "p@w", ""},
		"postgresql://u@h:1,b:2/d?sslmode=require&pool_max_conns=3&search_path=x": {
			"dbname='d' host='h,b' port='1,2' sslmode='require' user='u'", "", ""},
		"postgres:///d?host=/run/pg&password=secret&role=owner": {"dbname='d' host='/run/pg'", "secret", "owner"},
		`host=h  password='it\'s \\' dbname = 'a b' port=5 default_query_exec_mode=exec`: {
			"dbname='a b' host='h' port='5'", `it's \`, ""},
		"user=u database=d": {"dbname='d' user='u'", "", ""},
		`host='it\'s' `:     {`host='it\'s'`, "", ""},
		"":                  {},
	} {
		got, err := newConnection(dsn)
		if err != nil || got != want {
			t.Errorf("%s: %+v %v, want %+v", dsn, got, err, want)
		}
	}
	for _, dsn := range []string{"postgres://u:secret@h:x y/%zz", "host='secret", "secret"} {
		if _, err := newConnection(dsn); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
