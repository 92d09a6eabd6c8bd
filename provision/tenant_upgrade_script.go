package provision

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/docex/docex/internal/migrations"
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// upgradeScript is what turns a schema of an older DDL into one of the new.
type upgradeScript struct {
	first ddl
	then  ddl
	steps []step // the statements of then
}

// step is a statement of the second part. It stands in a file of its own, as long as the original's, so that the
// server's errors lead to the right line.
type step struct {
	ddlFile
	index *sqlparse.ConcurrentIndex // nil: it runs in a transaction
}

// nothingBelow: a folder below a script's is none of it.
func nothingBelow(string) bool { return false }

// loadScript reads the script. It is checked by check.
func loadScript(o UpgradeOptions) (upgradeScript, error) {
	var s upgradeScript
	var err error
	if o.Script != nil {
		if s.first, err = loadFolder("script", o.Script, ".", nothingBelow); err != nil {
			return s, err
		}
	}
	if o.Then != nil {
		if s.then, err = loadFolder("second part", o.Then, ".", nothingBelow); err != nil {
			return s, err
		}
	}
	for _, d := range []ddl{s.first, s.then} { // as in the DDL
		d.blankCopies()
		d.transactions()
	}
	return s, nil
}

// check returns a *DDLError with all that is wrong in the script, or nil, and divides the second part into steps. The
// script may call what the DDLs make.
func (s *upgradeScript) check(cfg Config, ddls ...ddl) error {
	c, err := newDDLCheck(cfg)
	if err != nil {
		return err
	}
	for _, d := range ddls {
		c.parse(d)
	}
	first, then := c.parse(s.first), c.parse(s.then)
	if cfg.Distribution == Citus {
		s.judgeCitus(ddls, first, then)
	}
	s.steps = nil
	for _, f := range first {
		for i := range f.found {
			c.scripted(f, &f.found[i], false)
		}
		c.problems = append(c.problems, f.sorted()...)
	}
	for _, f := range then {
		for i := range f.found {
			c.scripted(f, &f.found[i], true)
			s.steps = append(s.steps, f.step(i))
		}
		c.problems = append(c.problems, f.sorted()...)
	}
	return c.error()
}

// scripted judges a statement of an upgrade's script.
func (c *ddlCheck) scripted(f *file, def *sqlparse.Definition, alone bool) {
	kept := def.Features[:0:0]
	for _, p := range def.Features {
		switch {
		case p.Kind != sqlparse.FeatureConcurrently:
			kept = append(kept, p)
		case !alone:
			f.add(def.Offset, ruleConcurrently, "", "it cannot run in a transaction, as the first part of an upgrade does",
				"put it into the second part, or leave CONCURRENTLY out")
		case def.Index == nil:
			f.add(def.Offset, ruleConcurrently, "", "an upgrade that is interrupted could not tell whether it was done",
				"leave CONCURRENTLY out; of an index, make or drop one at a time")
		case def.Index.Name == "":
			f.add(def.Offset, ruleConcurrently, "", "an index without a name could not be found again after an interruption",
				"give the index a name")
		}
	}
	judged := *def
	judged.Features = kept
	c.definition(f, &judged)
}

// step returns the statement with number i of f: what is around it is blank.
func (f *file) step(i int) step {
	begin, end := f.found[i].Offset, len(f.text)
	if i+1 < len(f.found) {
		end = f.found[i+1].Offset
	}
	blank := func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}
	sql := strings.Map(blank, f.text[:begin]) + f.text[begin:end]
	return step{ddlFile{name: f.name, text: sql}, f.found[i].Index}
}

// inTransaction returns the statement without CONCURRENTLY.
func (s step) inTransaction() ddlFile {
	if s.index == nil {
		return s.ddlFile
	}
	x := text.NewScanner(s.text)
	for t := x.Next(); t.Kind != text.TokenEOF; t = x.Next() {
		if word := s.text[t.Start:t.End]; t.Kind == text.TokenWord && strings.EqualFold(word, "concurrently") {
			blank := strings.Repeat(" ", len(word))
			return ddlFile{name: s.name, text: s.text[:t.Start] + blank + s.text[t.End:]}
		}
	}
	return s.ddlFile
}

// readOlder reads the DDLs of UpgradeOptions.From, by their digests: as the DDL is read, and as a docex before version
// 5 of the system schema read any folder, which is all files *.sql in the order of their names. What else a folder
// holds does not matter, since the digest says whether the tenants were made of what was read.
func readOlder(folders []fs.FS) (map[string]ddl, error) {
	older := map[string]ddl{}
	for _, folder := range folders {
		d, err := readDDL(folder, ".")
		var refused *migrations.Error
		if err != nil && !errors.As(err, &refused) {
			return nil, folderError("older DDL", err)
		}
		plain, err := readPlain(folder)
		if err != nil {
			return nil, folderError("older DDL", err)
		}
		if len(plain.files) == 0 {
			return nil, invalidConfig("older DDL: no file *.sql")
		}
		older[plain.digest] = plain
		if refused == nil {
			d.blankCopies()
			d.transactions()
			older[d.digest] = d
		}
	}
	return older, nil
}

func readPlain(folder fs.FS) (d ddl, err error) {
	names, err := fs.Glob(folder, "*.sql") // sorted
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return d, err
		}
		d.files = append(d.files, ddlFile{name: name, text: string(text)})
	}
	d.digest = digestOf(d.files)
	return d, err
}
