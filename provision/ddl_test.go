package provision

import (
	"testing"
	"testing/fstest"
)

// The digest says what SQL made a tenant: it must tell apart what runs differently.
func TestDigest(t *testing.T) {
	digest := func(files fstest.MapFS) string {
		d, _, err := loadDDL(Config{DDL: files})
		if err != nil {
			t.Fatal(err)
		}
		return d.digest
	}
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	base := digest(fstest.MapFS{"a.sql": file("SELECT 1"), "b.sql": file("SELECT 2")})
	if got := digest(fstest.MapFS{"b.sql": file("SELECT 2"), "a.sql": file("SELECT 1"), "c.txt": file("x")}); got != base {
		t.Error("the digest depends on more than the SQL")
	}
	for _, other := range []fstest.MapFS{
		{"a.sql": file("SELECT 2"), "b.sql": file("SELECT 1")}, {"a.sql": file("SELECT 12")},
		{"a.sql": file("SELECT 1"), "b.sql": file("SELECT 2 ")},
	} {
		if digest(other) == base {
			t.Errorf("same digest for %v", other)
		}
	}
}

func TestLineAt(t *testing.T) {
	const text = "é\nbc\n\nd"
	for position, want := range map[int]int{1: 1, 2: 1, 3: 2, 5: 2, 6: 3, 7: 4, 99: 4} {
		if got := lineAt(text, position); got != want {
			t.Errorf("position %d is on line %d, want %d", position, got, want)
		}
	}
}
