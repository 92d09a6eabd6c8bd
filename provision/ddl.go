package provision

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/docex/docex/internal/migrations"
	"github.com/docex/docex/internal/sqlparse"
)

//go:embed sql/docex/*.sql
var docexFS embed.FS

// ddl is what makes a tenant's objects. It is read once, so a Provisioner makes all its tenants alike.
type ddl struct {
	files  []ddlFile
	digest string
	tool   migrations.Tool // whose folder it is
}

type ddlFile struct {
	name string // in messages
	text string
	// Of the seed: where INSERTs begin that take the place of a COPY, and what is wrong with the rows of one.
	copies  []int
	refused []DDLProblem
	starts  []int // offsets of the statements; none when nobody has parsed the text, which is then run as one
}

// What the two folders are called in errors, and what stands in front of the seed's files.
const (
	seedFolder = "seed"
	seedPrefix = "seed/"
)

// loadDDL reads and checks the user's files, or DocEX's own for a nil cfg.DDL, and those that fill the tables.
func loadDDL(cfg Config) (made, seed ddl, err error) {
	dir, fsys := ".", cfg.DDL
	if fsys == nil {
		fsys, dir = docexFS, "sql/docex"
	}
	below := nothingBelow
	if cfg.Seed != nil {
		if seed, err = loadFolder(seedFolder, cfg.Seed, ".", below); err != nil {
			return ddl{}, ddl{}, err
		}
		below = func(folder string) bool { // the seed may stand in a folder below the DDL's
			d, err := readDDL(fsys, folder)
			return err == nil && d.digest == seed.digest
		}
	}
	if made, err = loadFolder("DDL", fsys, dir, below); err != nil {
		return ddl{}, ddl{}, err
	}
	return made, seed, checkDDL(cfg, made, seed)
}

// Functions returns the names of the functions, procedures, aggregates and range types that a DDL makes, sorted, for
// guard.Policy.TenantFunctions where no server can be asked: in tests with sqlmock, for example. ddl is as for
// [Config.DDL]. The DDL is not checked: what does not parse is passed over, and a function that the DDL drops again is
// among them. The error is that of reading, or a *[DDLError] for a folder of a migration tool that cannot be read so.
func Functions(ddl fs.FS) ([]string, error) {
	dir := "."
	if ddl == nil {
		ddl, dir = docexFS, "sql/docex"
	}
	read, err := readDDL(ddl, dir)
	if err != nil {
		return nil, folderError("DDL", err)
	}
	names := map[string]bool{}
	for _, f := range read.files {
		found, _ := sqlparse.ParseDDL(f.text, ddlLimits)
		for _, def := range found {
			for _, name := range def.Creates {
				names[name] = names[name] || def.Callable
			}
		}
	}
	maps.DeleteFunc(names, func(_ string, callable bool) bool { return !callable })
	return slices.Sorted(maps.Keys(names)), nil
}

// loadFolder reads "DDL" or "seed". It refuses a folder that holds nothing: it is more likely the wrong one than meant.
func loadFolder(what string, fsys fs.FS, dir string, known func(folder string) bool) (ddl, error) {
	d, err := readDDL(fsys, dir)
	if err == nil {
		err = refuseStrays(fsys, dir, known)
	}
	if err != nil {
		return ddl{}, folderError(what, err)
	}
	if len(d.files) == 0 {
		return ddl{}, invalidConfig("%s: no file *.sql", what)
	}
	for i, f := range d.files {
		if what == seedFolder {
			d.files[i].name = seedPrefix + f.name // the DDL may have a file of that name
		}
		if d.tool == migrations.Plain && strings.TrimSpace(f.text) == "" {
			return ddl{}, invalidConfig("%s: %s is blank; a comment in it says that no objects are meant", what, f.name)
		}
	}
	return d, nil
}

// readDDL reads the files *.sql of one folder in the order in which they run: that of their names, or that of the
// migration tool whose folder it is.
func readDDL(fsys fs.FS, dir string) (ddl, error) {
	folder, err := migrations.Read(fsys, dir)
	if err != nil {
		return ddl{}, err
	}
	d := ddl{tool: folder.Tool}
	for _, f := range folder.Files {
		d.files = append(d.files, ddlFile{name: f.Name, text: f.Text})
	}
	d.digest = digestOf(d.files)
	return d, nil
}

// digestOf is the digest of a DDL: of its files' names and texts.
func digestOf(files []ddlFile) string {
	hash := sha256.New()
	for _, f := range files {
		fmt.Fprintf(hash, "%s\x00%d\x00%s", f.name, len(f.text), f.text)
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

// ddlPath returns the search_path for a tenant's DDL: schema and the extensions' schemas. pg_temp is named last because
// the server would otherwise look there first: a temporary table of the administrator's session must not become the
// target of a tenant's foreign key.
func (p *Provisioner) ddlPath(schema string) string {
	path := quote(schema)
	for _, s := range p.cfg.ExtensionSchemas {
		path += ", " + quote(s)
	}
	return path + ", pg_temp"
}

// applyFiles runs files with ddlPath.
func (p *Provisioner) applyFiles(ctx context.Context, tx *sql.Tx, schema string, files []ddlFile) error {
	statements := statementsOf(files)
	return explain(statements, p.apply(ctx, tx, schema, textsOf(statements)))
}

// apply runs statements with ddlPath.
func (p *Provisioner) apply(ctx context.Context, tx *sql.Tx, schema string, statements []string) error {
	apply := p.system(`SELECT {{system}}.apply_ddl($1, $2, $3)`)
	_, err := tx.ExecContext(ctx, apply, schema, p.ddlPath(schema), statements)
	return err
}

func textsOf(statements []ddlStatement) []string {
	texts := make([]string, len(statements))
	for i, st := range statements {
		texts[i] = st.text
	}
	return texts
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
