package vet

import "testing"

// TestFunctions: each finding says which function it is in.
func TestFunctions(t *testing.T) {
	names := map[string]bool{}
	for _, r := range analyze(t, New(Config{}), "bound") {
		for _, f := range r.Result.([]Finding) {
			names[f.Function] = true
		}
	}
	for _, name := range []string{"app.fields", "plain.use", "Exported", "use"} {
		if !names[name] {
			t.Errorf("no finding is in %s; there are %v", name, names)
		}
	}
}
