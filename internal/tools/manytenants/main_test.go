package main

import (
	"os"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
)

func TestRun(t *testing.T) {
	if os.Getenv(pgserver.EnvURL) != "" {
		t.Skipf("it needs a server of its own, not that of %s; .ci/run runs it without", pgserver.EnvURL)
	}
	server, err := pgserver.StartOwn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	t.Setenv("PATH", pgtest.Clients(t, server)+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out strings.Builder
	if err := run(t.Context(), &out, server, options{tenants: 5, block: 2, workers: 2,
		ddl: "../../../provision/sql/docex"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"5 tenants: docex", "median of 3 blocks", "manytenants_psql: ", "List of all 5",
		"5 tenants, 0 differ", "docex tenant list: ", "docex doctor: ", "docex init --upgrade: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
}
