package provision

import (
	"slices"
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

// Functions lists what can be called, by the names that a rename gives as well. What is only a type is not among them.
func TestFunctions(t *testing.T) {
	got, err := Functions(fstest.MapFS{
		"1.sql": {Data: []byte(`CREATE FUNCTION dim_id() RETURNS text LANGUAGE sql AS 'SELECT 1::text';
			ALTER FUNCTION dim_id() RENAME TO dim_key;
			CREATE TYPE mood AS ENUM ('sad'); CREATE DOMAIN port AS int;`)},
		"2.sql": {Data: []byte(`CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
			CREATE PROCEDURE "Tidy up"() LANGUAGE sql AS ''; CREATE TYPE span AS RANGE (subtype = int);
			SELCT; CREATE TABLE note (id int);`)},
		"notes.txt": {Data: []byte("CREATE FUNCTION no() RETURNS int LANGUAGE sql AS 'SELECT 1'")},
	})
	want := []string{"Tidy up", "dim_id", "dim_key", "span", "total"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if got, err := Functions(nil); err != nil || len(got) > 0 {
		t.Errorf("of DocEX's own tables: %q, %v", got, err)
	}
}
