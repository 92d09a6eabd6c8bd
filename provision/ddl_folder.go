package provision

import (
	"errors"
	"io/fs"

	"github.com/docex/docex/internal/copyrows"
	"github.com/docex/docex/internal/migrations"
)

// refuseStrays refuses files that are not read, and that their owner may think are.
func refuseStrays(fsys fs.FS, dir string, known func(folder string) bool) error {
	strays, err := migrations.Strays(fsys, dir, known)
	if err == nil && len(strays) > 0 {
		err = &migrations.Error{Problems: strays}
	}
	return err
}

// folderError returns an error of reading "DDL" or "seed" as one of the configuration: a *DDLError where places of
// files are wrong.
func folderError(what string, err error) error {
	var unread *migrations.Error
	if !errors.As(err, &unread) {
		return invalidConfig("%s: %w", what, err)
	}
	refused := &DDLError{}
	for _, p := range unread.Problems {
		if what == seedFolder {
			p.File = seedPrefix + p.File
		}
		refused.Problems = append(refused.Problems, DDLProblem{File: p.File, Line: p.Line, Column: p.Column,
			Rule: ruleMigrations, Object: p.Object, Reason: p.Reason, Remedy: p.Remedy})
	}
	return refused
}

// transactions takes what stands around a whole file as the transaction in which a tenant is made.
func (d ddl) transactions() {
	for i := range d.files {
		d.files[i].text = migrations.Unwrap(d.files[i].text)
	}
}

// blankCopies takes the rows of a COPY out, which is refused in the DDL: they would be refused once more, as SQL.
func (d ddl) blankCopies() {
	for i := range d.files {
		d.files[i].text = copyrows.Blank(d.files[i].text)
	}
}

// insertCopies puts INSERTs in the place of COPY … FROM stdin with its rows. The lines stay what they are. Of a file
// with rows that cannot be read only that is said.
func (d ddl) insertCopies() {
	for i := range d.files {
		f := &d.files[i]
		text, starts, problems := copyrows.Inserts(f.text)
		unread := file{ddlFile: *f}
		for _, p := range problems {
			unread.add(p.Offset, ruleCopy, p.Object, p.Reason, p.Remedy)
		}
		f.refused = unread.sorted()
		if f.text, f.copies = text, starts; len(problems) > 0 {
			f.text, f.copies = "", nil
		}
	}
}
