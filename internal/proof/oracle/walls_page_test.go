package oracle

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wantCounted compares what the tenants' roles alone let through with the table in docs/security.md.
func wantCounted(t *testing.T, n map[string]int) {
	t.Helper()
	page, err := os.ReadFile("../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "### What was counted")
	var alone []int // the second of the columns, from top to bottom
	for _, row := range regexp.MustCompile(`(?m)^\| .* \| \d+ \| (\d+) \| \d* ?\|$`).FindAllStringSubmatch(table, -1) {
		count, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		alone = append(alone, count)
	}
	got := []int{n[reachedRows], n[changedSession], n[showedNames] + n[changedDatabase], n[ran], n[refused], n[failed]}
	if diff := cmp.Diff(alone, got); diff != "" {
		t.Errorf("docs/security.md counts something else (-page +now):\n%s", diff)
	}
}
