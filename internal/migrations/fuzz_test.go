package migrations

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// FuzzRead: whatever a folder holds, a problem has a place, no line moves down, and a plain file is read as it is.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"-- +goose Up\n-- +goose StatementBegin\nA\n-- +goose StatementEnd\n-- +goose Down\nb;", "-- atlas:sum\nA",
		"-- migrate:up\nA\n-- migrate:down\nb;\n-- migrate:up transaction:false\nC", "BEGIN;\nA;\nCOMMIT;",
		"-- +migrate Down\nb;\n-- +migrate Up notransaction\nA;", "A;\n" + ternMark + "\nb;",
	} {
		f.Add("1_a.sql", text, "2_b.sql", text, "2_c.go")
		f.Add("V1__a.sql", text, "R__b.sql", text, "atlas.sum")
		f.Add("1_a.up.sql", text, "1_a.down.sql", text, "tern.conf")
		f.Add("V1.sql", text, "Reads.sql", text, "x.SQL")
	}
	f.Fuzz(func(t *testing.T, first, text, second, more, other string) {
		fsys := fstest.MapFS{}
		for _, file := range [][2]string{{first, text}, {second, more}, {other, ""}} {
			if !fs.ValidPath(file[0]) || strings.Contains(file[0], "/") || file[0] == "." {
				return
			}
			fsys[file[0]] = &fstest.MapFile{Data: []byte(file[1])}
		}
		folder, err := Read(fsys, ".")
		var refused *Error
		if errors.As(err, &refused) {
			for _, p := range refused.Problems {
				if fsys[p.File] == nil || p.Line < 1 || p.Column < 1 || p.Reason == "" || p.Remedy == "" {
					t.Errorf("incomplete: %+v", p)
				}
			}
		}
		for _, file := range folder.Files {
			raw := strings.TrimPrefix(string(fsys[file.Name].Data), byteOrderMark)
			if folder.Tool == Plain && file.Text != raw {
				t.Errorf("%q was read as %q", raw, file.Text)
			}
			if strings.Count(file.Text, "\n") > strings.Count(raw, "\n") || len(Unwrap(file.Text)) != len(file.Text) {
				t.Errorf("the lines of %q moved: %q", raw, file.Text)
			}
		}
	})
}
