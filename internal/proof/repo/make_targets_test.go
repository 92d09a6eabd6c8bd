package repo

import (
	"regexp"
	"strings"
	"testing"
)

// TestMakeTargets: CONTRIBUTING.md names what make can do. Deps is for the others.
func TestMakeTargets(t *testing.T) {
	targets := regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(pageText(t, "Makefile"), -1)
	if len(targets) < 20 {
		t.Fatalf("the Makefile has %d targets", len(targets))
	}
	page := pageText(t, "CONTRIBUTING.md")
	for _, target := range targets {
		if name := "`make " + target[1] + "`"; target[1] != "deps" && !strings.Contains(page, name) {
			t.Errorf("CONTRIBUTING.md does not name %s", name)
		}
	}
}
