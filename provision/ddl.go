package provision

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed sql/docex/*.sql
var docexFS embed.FS

// ddl is what makes a tenant's objects. It is read once, so a Provisioner makes all its tenants alike.
type ddl struct {
	files  []ddlFile
	digest string
}

type ddlFile struct{ name, text string }

// loadDDL reads the user's files, or DocEX's own for a nil fsys.
func loadDDL(fsys fs.FS) (ddl, error) {
	dir := "."
	if fsys == nil {
		fsys, dir = docexFS, "sql/docex"
	}
	d, err := readDDL(fsys, dir)
	if err != nil {
		return ddl{}, invalidConfig("DDL: %w", err)
	}
	return d, checkDDL(d)
}

// readDDL reads every *.sql of one folder in the order of the names, which is what fs.Glob promises.
func readDDL(fsys fs.FS, dir string) (ddl, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.sql"))
	if err != nil {
		return ddl{}, err
	}
	d := ddl{}
	hash := sha256.New()
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return ddl{}, err
		}
		d.files = append(d.files, ddlFile{name: path.Base(name), text: string(text)})
		fmt.Fprintf(hash, "%s\x00%d\x00%s", path.Base(name), len(text), text)
	}
	d.digest = "sha256:" + hex.EncodeToString(hash.Sum(nil))
	return d, nil
}

// checkDDL refuses what can be seen to be wrong without a server. This is the place for the checks that need a parser.
func checkDDL(d ddl) error {
	if len(d.files) == 0 {
		return invalidConfig("DDL: no file *.sql")
	}
	for _, f := range d.files {
		switch {
		case strings.TrimSpace(f.text) == "":
			return invalidConfig("DDL: %s is empty", f.name)
		case strings.ContainsRune(f.text, 0), !utf8.ValidString(f.text):
			return invalidConfig("DDL: %s is not UTF-8 text", f.name)
		}
	}
	return nil
}

// applyDDL runs d with schema alone on the path. pg_temp is named last because the server would otherwise look there
// first: a temporary table of the administrator's session must not become the target of a tenant's foreign key.
func (p *Provisioner) applyDDL(ctx context.Context, tx *sql.Tx, schema string) error {
	texts := make([]string, len(p.ddl.files))
	for i, f := range p.ddl.files {
		texts[i] = f.text
	}
	apply := p.system(`SELECT {{system}}.apply_ddl($1, $2, $3)`)
	_, err := tx.ExecContext(ctx, apply, schema, quote(schema)+", pg_temp", texts)
	return p.ddl.explain(err)
}

// explain names the file and, where the server reports a position, the line. The server says which text failed: with the
// position, or else in the context of the error. An error that is not the server's own, such as a cancelled context, passes
// unchanged.
func (d ddl) explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	for _, f := range d.files {
		switch {
		case pg.InternalQuery == f.text && pg.InternalPosition > 0:
			return fmt.Errorf("%w: %s:%d: %w", ErrDDL, f.name, lineAt(f.text, int(pg.InternalPosition)), err)
		case strings.Contains(pg.Where, `SQL statement "`+f.text+`"`):
			return fmt.Errorf("%w: %s: %w", ErrDDL, f.name, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrDDL, err)
}

// lineAt returns the line, from 1, of the character at position, from 1, in text.
func lineAt(text string, position int) int {
	line := 1
	for _, r := range text {
		if position--; position <= 0 {
			break
		}
		if r == '\n' {
			line++
		}
	}
	return line
}
