package pgtest

import (
	"os"
	"testing"
)

// Missing ends a test that lacks a program or an extension: it skips on a developer's machine and fails in CI, where
// nothing may be left out.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}
