package doctor

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExtensionFindings(t *testing.T) {
	reviewed := []string{"1.5", "1.6"}
	for name, test := range map[string]struct {
		extension extension
		schemas   []string
		want      []string // the remedies
	}{
		"as reviewed":        {extension{"x", "1.5", "ext", "1.6"}, []string{"ext"}, nil},
		"one schema of many": {extension{"x", "1.6", "more", "1.6"}, []string{"ext", "more"}, nil},
		"missing": {extension{"x-y", "", "", "1.6"}, []string{"ext", "more"},
			[]string{`CREATE EXTENSION "x-y" SCHEMA "ext", or take it out of policy.extensions`}},
		"missing, and no schema": {extension{"x", "", "", "1.6"}, nil, []string{
			`CREATE EXTENSION "x" SCHEMA "ext", and ext in policy.extension_schemas, or take it out of policy.extensions`}},
		"older": {extension{"x", "1.4", "ext", "1.6"}, []string{"ext"}, []string{`ALTER EXTENSION "x" UPDATE TO '1.6'`}},
		"newer": {extension{"x", "1.7", "ext", "1.7"}, []string{"ext"},
			[]string{"a docex that has reviewed it, or take it out of policy.extensions"}},
		"elsewhere": {extension{"x", "1.6", "public", "1.6"}, []string{"ext"},
			[]string{`ALTER EXTENSION "x" SET SCHEMA "ext"`}},
		"newer, elsewhere": {extension{"x", "2.0", "public", ""}, nil, []string{
			"a docex that has reviewed it, or take it out of policy.extensions",
			`ALTER EXTENSION "x" SET SCHEMA "ext", and ext in policy.extension_schemas`}},
	} {
		var got []string
		for _, f := range test.extension.findings(reviewed, test.schemas) {
			if f.Status != Warning || f.Detail == "" {
				t.Errorf("%s: %+v, want a warning", name, f)
			}
			got = append(got, f.Remedy)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
