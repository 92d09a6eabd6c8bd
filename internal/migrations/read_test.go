package migrations

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// folderOf makes a folder of name, text, name, text.
func folderOf(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

// outline is what Read makes of a folder: the tool, and each file's name and text; or its problems.
func outline(files ...string) string {
	folder, err := Read(folderOf(files...), ".")
	var refused *Error
	if errors.As(err, &refused) {
		var all []string
		for _, p := range refused.Problems {
			if p.Reason == "" || p.Remedy == "" {
				return fmt.Sprintf("incomplete: %+v", p)
			}
			all = append(all, fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Reason))
		}
		return strings.Join(all, "\n")
	}
	if err != nil {
		return err.Error()
	}
	out := string(folder.Tool)
	for _, f := range folder.Files {
		out += "|" + f.Name + "=" + f.Text
	}
	return out
}

// TestRead: each tool's files in its own order, with what leads up at its own lines.
func TestRead(t *testing.T) {
	const ternLine = "---- create above / drop below ----\n"
	for name, test := range map[string]struct {
		want  string
		files []string
	}{
		"plain":                                 {"|a.sql=A\n|b.sql=B", []string{"b.sql", "B", "a.sql", "A\n", "c.txt", "C"}},
		"plain with a byte order mark and CRLF": {"|a.sql=A\r\nB", []string{"a.sql", "\uFEFFA\r\nB"}},
		"plain with numbers": {"|01.sql=A|02.sql=B|10.sql=C",
			[]string{"10.sql", "C", "02.sql", "B", "01.sql", "A"}},
		"plain with a number twice": {"|1_a.sql=A|1_b.sql=B", []string{"1_b.sql", "B", "1_a.sql", "A"}},
		"plain with words of the way down": {"|rollback_log.txt.sql=SELECT 'down' -- go down\n",
			[]string{"rollback_log.txt.sql", "SELECT 'down' -- go down\n"}},

		"golang-migrate": {"golang-migrate|1_a.up.sql=A|2_b.up.sql=B|10_c.up.sql=C", []string{"10_c.up.sql", "C",
			"10_c.down.sql", "c", "2_b.up.sql", "B", "2_b.down.sql", "b", "1_a.up.sql", "A"}},
		"golang-migrate with an empty one": {"golang-migrate|1_a.up.sql=A|2_b.up.sql=",
			[]string{"1_a.up.sql", "A", "2_b.up.sql", ""}},
		"golang-migrate, checked by Atlas": {"golang-migrate|1_a.up.sql=A", []string{"1_a.up.sql", "A", "atlas.sum", "h1:"}},
		"sqlx-cli": {"sqlx-cli|2_b.sql=-- no-transaction\nB|10_a.sql=A",
			[]string{"10_a.sql", "A", "2_b.sql", "-- no-transaction\nB"}},
		"sqlx-cli, reversible": {"golang-migrate|2_b.up.sql=-- no-transaction\nB",
			[]string{"2_b.up.sql", "-- no-transaction\nB", "2_b.down.sql", "b"}},

		"goose": {"goose|2_b.sql=-- c\n-- +goose Up\nB;\n|10_a.sql=--+goose up\r\nA;\r\n", []string{
			"10_a.sql", "--+goose up\r\nA;\r\n--    +goose   DOWN\r\na;\r\n",
			"2_b.sql", "-- c\n-- +goose Up\nB;\n-- +goose Down\nb;\n"}},
		"goose with blocks": {"goose|1_a.sql=-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\nA; A\n;" +
			"-- +goose StatementEnd\n-- +goose StatementBegin\nB;\n-- +goose StatementEnd\n", []string{"1_a.sql",
			"-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\nA; A\n-- +goose StatementEnd\n" +
				"-- +goose StatementBegin\nB;\n-- +goose StatementEnd\n-- +goose Down\n-- +goose StatementBegin\nb;\n" +
				"-- +goose StatementEnd\n"}},
		"goose with an empty one": {"goose|1_a.sql=-- +goose Up\nA;\n|2_b.sql=-- +goose Up\n", []string{
			"1_a.sql", "-- +goose Up\nA;\n", "2_b.sql", "-- +goose Up\n-- +goose Down\nb;"}},
		"goose with the environment on the way down": {"goose|1_a.sql=-- +goose ENVSUB OFF\n-- +goose Up\nA;\n", []string{
			"1_a.sql", "-- +goose ENVSUB OFF\n-- +goose Up\nA;\n-- +goose Down\n-- +goose ENVSUB ON\nb;"}},
		"goose in a file without a name": {"goose|ddl.sql=-- +goose Up\nA;\n",
			[]string{"ddl.sql", "-- +goose Up\nA;\n-- +goose Down\nb;"}},
		"goose beside programs": {"goose|1_a.sql=-- +goose Up\nA;",
			[]string{"1_a.sql", "-- +goose Up\nA;", "embed.go", "package x", "2_b_test.go", "package x"}},

		"dbmate, by name": {"dbmate|10_a.sql=-- migrate:up\nA;\n|2_b.sql=\n\n--migrate:up transaction:false\nB;\n\n\n" +
			"-- migrate:up\nC;\n", []string{"10_a.sql", "-- migrate:up\nA;\n-- migrate:down\na;",
			"2_b.sql", "\n\n--migrate:up transaction:false\nB;\n-- migrate:down\nb;\n-- migrate:up\nC;\n-- migrate:down\n"}},
		"dbmate without a semicolon": {"dbmate|1_a.sql=-- migrate:up\nA\n\n\n;-- migrate:up\nB\n",
			[]string{"1_a.sql", "-- migrate:up\nA\n-- migrate:down\na\n-- migrate:up\nB\n-- migrate:down\nb"}},
		"sql-migrate with a licence in front": {"sql-migrate|1_a.sql=\n\n\n-- +migrate Up\nA;",
			[]string{"1_a.sql", "/* A licence;\n of two lines. */\n\n-- +migrate Up\nA;"}},
		"sql-migrate": {"sql-migrate|2_b.sql=-- +migrate Up notransaction\nB;\n|10_a.sql=-- +migrate Up\nA;\n\n\n" +
			"-- +migrate Up\n-- +migrate StatementBegin\nC\n;-- +migrate StatementEnd\n|10_b.sql=-- +migrate Up\nD;|x.sql=\n\n" +
			"-- +migrate Up\nE;", []string{
			"10_a.sql", "-- +migrate Up\nA;\n-- +migrate Down\na;\n-- +migrate Up\n-- +migrate StatementBegin\nC\n" +
				"-- +migrate StatementEnd\n", "10_b.sql", "-- +migrate Up\nD;",
			"2_b.sql", "-- +migrate Up notransaction\nB;\n-- +migrate Down\nb;",
			"x.sql", "-- +migrate Down\ne;\n-- +migrate Up\nE;"}},
		"tern": {"tern|1_a.sql=A\n|002_b.sql=B\n{ { }}", []string{"1_a.sql", "A\n" + ternLine + "{{.a}}\na",
			"002_b.sql", "B\n{ { }}", "tern.conf", ""}},
		"tern in the middle of a line": {"tern|1_a.sql=A; \n", []string{"1_a.sql", "A; " + ternLine + "a"}},
		"tern by its configuration": {"tern|1_a.sql=A|2_b.sql=B",
			[]string{"2_b.sql", "B", "1_a.sql", "A", "tern.conf", ""}},

		"Flyway": {"Flyway|V1__a.sql=A|V1.2__b.sql=B|V1_10__c.sql=C|V2.sql=D|R__a.sql=F|R__b c.sql=E", []string{
			"V2.sql", "D", "U2__d.sql", "d", "V1_10__c.sql", "C", "V1.2__b.sql", "B", "V1__a.sql", "A", "R__b c.sql", "E",
			"R__a.sql", "F"}},
		"Atlas": {"Atlas|10_a.sql=-- atlas:nolint\nA|2_b.sql=B",
			[]string{"2_b.sql", "B", "10_a.sql", "-- atlas:nolint\nA", "atlas.sum", "h1:"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, outline(test.files...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadRefuses: what cannot be read as its tool means it has a place. Each want is the beginning of a problem.
func TestReadRefuses(t *testing.T) {
	const up = "-- +goose Up\nA;\n"
	for name, test := range map[string]struct {
		want  []string
		files []string
	}{
		"a way down in a plain folder": {[]string{"a.down.sql:1:1: by its name"},
			[]string{"a.down.sql", "a", "a.up.sql", "A"}},
		"a rollback file in front": {[]string{"rollback_001.sql:1:1: by its name"},
			[]string{"001.sql", "A", "rollback_001.sql", "a"}},
		"a rollback file": {[]string{"001_rollback.sql:1:1: by its name"},
			[]string{"001.sql", "A", "001_rollback.sql", "a"}},
		"Diesel's two files": {[]string{"down.sql:1:1: by its name"},
			[]string{"up.sql", "A", "down.sql", "a"}},
		"an unknown tool": {[]string{"a.sql:3:1: from here on"},
			[]string{"a.sql", "-- rambler up\nA;\n-- rambler down\na;"}},
		"node-pg-migrate": {[]string{"a.sql:3:1: from here on"},
			[]string{"a.sql", "-- Up Migration\nA;\n-- Down Migration\na;"}},
		"Postgrator": {[]string{"1.undo.a.sql:1:1: by its name"}, []string{"1.do.a.sql", "A", "1.undo.a.sql", "a"}},
		"shmig":      {[]string{"a.sql:3:1: from here on"}, []string{"a.sql", "-- ==== UP ====\nA;\n-- ==== DOWN ====\na;"}},
		"Liquibase": {[]string{"a.sql:1:1: the file is one of Liquibase"},
			[]string{"a.sql", "--liquibase formatted sql\nA;"}},
		"Sqitch": {[]string{"a.sql:1:1: the file is one of Sqitch"},
			[]string{"a.sql", "-- Deploy x:a to pg\nBEGIN;A;COMMIT;"}},
		"MyBatis": {[]string{"a.sql:2:1: from here on"},
			[]string{"a.sql", "A;\n-- //@UNDO\na;"}},
		"Play": {[]string{"1.sql:2:1: from here on"},
			[]string{"1.sql", "-- !Ups\n-- !Downs\na;"}},
		"numbers that names sort otherwise": {[]string{"2_b.sql:1:1: it would run behind 10_a.sql"},
			[]string{"2_b.sql", "B", "10_a.sql", "A"}},
		"two tools": {[]string{"2.sql:2:1: the folder mixes migration tools: this reads like dbmate, and 1.sql:1 like goose"},
			[]string{"1.sql", up, "2.sql", "\n-- migrate:up\nB"}},
		"two tools in a file": {[]string{"1_a.up.sql:1:1: the folder mixes"}, []string{"1_a.up.sql", up}},

		"golang-migrate: down without up": {[]string{"2_b.down.sql:1:1: there is no file .up.sql"},
			[]string{"1_a.up.sql", "A", "2_b.down.sql", "b"}},
		"golang-migrate: only down": {[]string{"2_b.down.sql:1:1: there is no file .up.sql"},
			[]string{"2_b.down.sql", "b"}},
		"golang-migrate: a version twice": {[]string{"1_b.up.sql:1:1: 01_a.up.sql has the same version"},
			[]string{"01_a.up.sql", "A", "1_b.up.sql", "B"}},
		"golang-migrate: another file": {[]string{"seed.sql:1:1: the folder is golang-migrate's, which leaves"},
			[]string{"1_a.up.sql", "A", "seed.sql", "B"}},
		"golang-migrate: another ending": {[]string{"2_b.up.pgsql:1:1: golang-migrate runs it"},
			[]string{"1_a.up.sql", "A", "2_b.up.pgsql", "B"}},
		"golang-migrate: a program": {[]string{"2_b.go:1:1: it is a migration of golang-migrate that is a program"},
			[]string{"1_a.up.sql", "A", "2_b.go", "package x"}},
		"golang-migrate: nothing": {[]string{"1_a.up.sql:1:1: the folder is golang-migrate's, and no statement"},
			[]string{"1_a.up.sql", "-- later\n"}},

		"goose: a version twice": {[]string{"1_b.sql:1:1: 01_a.sql has the same version"},
			[]string{"01_a.sql", up, "1_b.sql", up}},
		"goose: zero": {[]string{"0_a.sql:1:1: the folder is goose's, which leaves"}, []string{"0_a.sql", up, "1_b.sql", up}},
		"goose: no number": {[]string{"b.sql:1:1: the folder is goose's, which leaves"},
			[]string{"1_a.sql", up, "b.sql", up}},
		"goose: no annotation": {[]string{"2_b.sql:1:1: goose wants"}, []string{"1_a.sql", up, "2_b.sql", "B"}},
		"goose: only comments": {[]string{"2_b.sql:1:1: the folder is goose's, and"},
			[]string{"1_a.sql", up, "2_b.sql", "-- B"}},
		"goose: a program": {[]string{"2_b.go:1:1: it is a migration"},
			[]string{"1_a.sql", up, "2_b.go", "package x"}},
		"goose: down first": {[]string{"1_a.sql:1:1: goose wants one"},
			[]string{"1_a.sql", "-- +goose Down\na;\n" + up}},
		"goose: up twice": {[]string{"1_a.sql:3:1: goose wants one"}, []string{"1_a.sql", up + up}},
		"goose: down twice": {[]string{"1_a.sql:4:1: goose wants one"},
			[]string{"1_a.sql", up + "-- +goose Down\n-- +goose Down\n"}},
		"goose: text in front": {[]string{"1_a.sql:1:1: goose wants"}, []string{"1_a.sql", "A;\n" + up}},
		"goose: white space": {[]string{"1_a.sql:3:1: goose refuses an annotation behind"},
			[]string{"1_a.sql", up + "  -- +goose Down"}},
		"goose: unknown": {[]string{"1_a.sql:3:1: goose has no such"},
			[]string{"1_a.sql", up + "-- +goose Dwon"}},
		"goose: open block": {[]string{"1_a.sql:1:1: -- +goose StatementEnd is"},
			[]string{"1_a.sql", up + "-- +goose StatementBegin\n"}},
		"goose: empty block": {[]string{"1_a.sql:5:1: behind a block without"}, []string{"1_a.sql",
			up + "-- +goose StatementBegin\n-- B\n-- +goose StatementEnd\nC;"}},
		"goose: end of nothing": {[]string{"1_a.sql:3:1: there is no -- +goose StatementB"},
			[]string{"1_a.sql", up + "-- +goose StatementEnd\n"}},
		"goose: environment": {[]string{"1_a.sql:1:1: goose puts text"},
			[]string{"1_a.sql", "-- +goose envsub on\n" + up}},
		"goose: nothing": {[]string{"1_a.sql:1:1: the folder is goose's, and no statement"},
			[]string{"1_a.sql", "-- +goose Up\n-- +goose Down\na;"}},

		"dbmate: a version twice": {[]string{"1_b.sql:1:1: 1_a.sql has"},
			[]string{"1_a.sql", "-- migrate:up\nA", "1_b.sql", "-- migrate:up\nB"}},
		"dbmate: no number": {[]string{"b.sql:1:1: the folder is dbmate's"},
			[]string{"1_a.sql", "-- migrate:up\nA", "b.sql", "-- migrate:up\n"}},
		"dbmate: no up": {[]string{"2_b.sql:1:1: dbmate wants"},
			[]string{"1_a.sql", "-- migrate:up\nA", "2_b.sql", "B"}},
		"dbmate: capitals": {[]string{"1_a.sql:2:1: dbmate takes this"},
			[]string{"1_a.sql", "-- migrate:up\n-- MIGRATE:DOWN\na"}},
		"dbmate: white space": {[]string{"1_a.sql:2:1: dbmate takes this"},
			[]string{"1_a.sql", "-- migrate:up\n -- migrate:down\na"}},
		"dbmate: down first": {[]string{"1_a.sql:1:1: dbmate wants"},
			[]string{"1_a.sql", "-- migrate:down\na\n-- migrate:up\nA"}},
		"dbmate: option": {[]string{"1_a.sql:1:1: docex does not know"},
			[]string{"1_a.sql", "-- migrate:up env:x\nA"}},

		"sql-migrate: no annotation": {[]string{"b.sql:1:1: sql-migrate leaves out"},
			[]string{"a.sql", "-- +migrate Up\nA;", "b.sql", "B;"}},
		"sql-migrate: SQL behind a licence": {[]string{"b.sql:2:1: sql-migrate leaves out"},
			[]string{"a.sql", "-- +migrate Up\nA;", "b.sql", "/* A licence\n*/ B;\n-- +migrate Up\n"}},
		"sql-migrate: no space": {[]string{"a.sql:3:1: sql-migrate takes this"},
			[]string{"a.sql", "-- +migrate Up\nA;\n--+migrate Down\na;"}},
		"sql-migrate: small letters": {[]string{"a.sql:3:1: sql-migrate passes over"},
			[]string{"a.sql", "-- +migrate Up\nA;\n-- +migrate down\na;"}},
		"sql-migrate: option": {[]string{"a.sql:1:1: docex does not know"},
			[]string{"a.sql", "-- +migrate Up fast\nA;"}},
		"sql-migrate: open block": {[]string{"a.sql:1:1: -- +migrate StatementEnd"},
			[]string{"a.sql", "-- +migrate Up\n-- +migrate StatementBegin\nA;"}},

		"tern: a template": {[]string{"1_a.sql:2:3: tern takes this for a template"},
			[]string{"1_a.sql", "A;\nB {{.x}}\n" + ternMark}},
		"tern: another mark": {[]string{"1_a.sql:2:1: tern takes this for a comment"},
			[]string{"1_a.sql", "A\n-- create above / drop below --\na", "tern.conf", ""}},
		"tern: a gap": {[]string{"3_b.sql:1:1: tern wants number 2"},
			[]string{"1_a.sql", "A\n" + ternMark, "3_b.sql", "B"}},

		"Flyway: a version twice": {[]string{"V1__b.sql:1:1: V1.0__a.sql has"},
			[]string{"V1.0__a.sql", "A", "V1__b.sql", "B"}},
		"Flyway: a baseline": {[]string{"B5__x.sql:1:1: it is a baseline"},
			[]string{"V6__a.sql", "A", "B5__x.sql", "B"}},
		"Flyway: a placeholder": {[]string{"V1__a.sql:2:3: Flyway puts"},
			[]string{"V1__a.sql", "A\n  ${schema}.x"}},
		"Flyway: another name": {[]string{"Reads.sql:1:1: the folder is Flyway's", "V.sql:1:1: the folder is Flyway's"},
			[]string{"V1__a.sql", "A", "V.sql", "B", "R__c.sql", "C", "Reads.sql", "D"}},
		"Flyway: a callback": {[]string{"afterMigrate.sql:1:1: the folder is Flyway's"},
			[]string{"V1__a.sql", "A", "afterMigrate.sql", "B"}},
		"Flyway: a program": {[]string{"V2__b.java:1:1: it is a migration"},
			[]string{"V1__a.sql", "A", "V2__b.java", "class"}},
		"Flyway: settings": {[]string{"V1__a.sql.conf:1:1: settings"},
			[]string{"V1__a.sql", "A", "V1__a.sql.conf", "x=y"}},
		"Flyway: nothing to undo": {[]string{"U2__b.sql:1:1: it is an undo file by its name, and there is no version"},
			[]string{"U2__b.sql", "B", "V1__a.sql", "A"}},
		"Flyway: nothing": {[]string{"U1__a.sql:1:1: the folder is Flyway's, and no"},
			[]string{"U1__a.sql", "a", "V1__a.sql", ""}},

		"Atlas: a checkpoint": {[]string{"2.sql:1:1: this directive"},
			[]string{"1.sql", "A", "2.sql", "-- atlas:checkpoint\nB", "atlas.sum", ""}},
		"Atlas: a way down": {[]string{"1.sql:1:1: this directive"},
			[]string{"1.sql", "-- atlas:txtar\n\n-- down.sql --\na", "atlas.sum", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Split(outline(test.files...), "\n")
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestUnwrap: a transaction around a whole file goes, and every other statement of that kind stays.
func TestUnwrap(t *testing.T) {
	for sql, want := range map[string]string{
		"BEGIN;\nA;\nCOMMIT;\n":                         "      \nA;\n       \n",
		"-- x\nbegin transaction ;A; end work":          "-- x\n                   A;         ",
		"START TRANSACTION; A; COMMIT -- done":          "                   A;        -- done",
		"BEGIN; COMMIT":                                 "",
		"BEGIN; A;":                                     "",
		"A; COMMIT;":                                    "",
		"BEGIN; A; ROLLBACK;":                           "",
		"BEGIN ISOLATION LEVEL SERIALIZABLE; A; COMMIT": "",
		"BEGIN; A; COMMIT AND CHAIN;":                   "",
		"BEGIN":                                         "",
		"":                                              "",
		"BEGIN; A; COMMIT; BEGIN; B; COMMIT;":           "       A; COMMIT; BEGIN; B;        ",
	} {
		if want == "" {
			want = sql
		}
		if got := Unwrap(sql); got != want {
			t.Errorf("%q: got %q, want %q", sql, got, want)
		}
	}
}

// TestStraysBehindLinks: a link to a folder is a folder.
func TestStraysBehindLinks(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "a.sql"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	found, err := Strays(os.DirFS(dir), ".", func(string) bool { return false })
	if err != nil || len(found) != 1 || found[0].File != "link/a.sql" {
		t.Errorf("%v, %v", found, err)
	}
}

// TestStrays: what lies around a folder's files is found, and folders that are known, hidden or without SQL are not.
func TestStrays(t *testing.T) {
	found, err := Strays(folderOf("d/a.sql", "", "d/b.SQL", "", "d/.c.sql", "", "d/.git/x.sql", "", "d/doc/x.md", "",
		"d/known/x.sql", "", "d/sub/deep/x.Sql", "", "d/t.pgsql", "", "d/u.sql.tmpl", "",
		"d/v.sql.bak", "", "e/x.sql", ""), "d", func(folder string) bool { return folder == "d/known" })
	var got []string
	for _, p := range found {
		got = append(got, p.File)
	}
	want := []string{".c.sql", "b.SQL", "sub/deep/x.Sql", "t.pgsql", "u.sql.tmpl"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

// TestStraysOneMigrationEach: a tool that keeps each migration in a folder of its own is named once.
func TestStraysOneMigrationEach(t *testing.T) {
	for _, file := range []string{"up.sql", "migration.sql"} {
		found, err := Strays(folderOf("1_a/"+file, "", "1_a/down.sql", "", "2_b/"+file, "", "c/d.sql", ""), ".",
			func(string) bool { return false })
		if err != nil || len(found) != 2 || found[0].File != "1_a/"+file || found[1].File != "c/d.sql" ||
			!strings.Contains(found[0].Remedy, "docex ddl import") {
			t.Errorf("%s: %+v, %v", file, found, err)
		}
	}
}
