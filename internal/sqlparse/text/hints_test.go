package text

import (
	"strings"
	"testing"
)

func TestHints(t *testing.T) {
	const sql = "/*+ Set(a.B 1) IndexScan(x) set (\"c\" 2) */ UPDATE t SET (a, b) = ROW(1, 2) " +
		"/*+ reset(x)\n SET( d 'x')*/"
	var names []string
	for _, h := range Hints(sql) {
		names = append(names, h.Name)
		if got := sql[h.Offset : h.Offset+len(h.Name)]; !strings.EqualFold(got, h.Name) {
			t.Errorf("%s is said to stand where %q does", h.Name, got)
		}
	}
	if got := strings.Join(names, " "); got != "a.b c d" {
		t.Errorf("got %q", got)
	}
}
