package vet

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/config"
)

// TestPolicyFlag: what the flags say replaces what New was given.
func TestPolicyFlag(t *testing.T) {
	a := New(Config{Policy: guard.Policy{AllowFunctions: []string{"levenshtein"}}})
	for name, value := range map[string]string{"policy": "testdata/policy/docex.yaml", "tenant-schema": "tenant_acme",
		"dynamic": "true"} {
		if err := a.Flags.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	analyze(t, a, "policy")
}

// TestWrongPolicy: a policy that cannot be used fails the run, and judges nothing by another one.
func TestWrongPolicy(t *testing.T) {
	missing := &settings{file: "testdata/nowhere.yaml"}
	if missing.makeGuard(); !errors.Is(missing.err, config.ErrNoFile) || missing.guard != nil {
		t.Errorf("no file: got %v", missing.err)
	}
	wrong := &settings{Config: Config{Policy: guard.Policy{AllowSettings: []string{"search_path"}}}}
	if wrong.makeGuard(); wrong.err == nil || !strings.Contains(wrong.err.Error(), "search_path") || wrong.guard != nil {
		t.Errorf("a policy that guard.New refuses: got %v", wrong.err)
	}
	if _, err := wrong.run(nil); err == nil {
		t.Error("the run does not fail")
	}
}
