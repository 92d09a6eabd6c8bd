package repo

import (
	"strings"
	"testing"
)

// TestVetPage: the tool of docs/vet.md is the Example's. The plugin's tests read the other blocks.
func TestVetPage(t *testing.T) {
	block := markedBlock(t, pageText(t, "docs/vet.md"), "<!-- example:vet/example_test.go -->")
	if !strings.Contains(pageText(t, "vet/example_test.go"), block) {
		t.Errorf("this is not in vet/example_test.go:\n%s", block)
	}
}
