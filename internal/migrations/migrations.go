// Package migrations reads a folder of SQL files as the tool that it was written for does. [Read] recognises the tool,
// puts the files into that tool's order, and leaves only what leads up to the newest version.
//
// Promise: what a tool would run on an empty database is in the result, in its order, at the lines and columns at which
// it stands in the files. What the tool would not run is not in it. Whatever cannot be read so is a [Problem]: nothing
// is left out without a word. A folder that no tool claims is read as it is, in the order of the names.
//
// Not promised: a check of the SQL itself, or of a tool's checksums.
package migrations

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/docex/docex/internal/sqlparse/text"
)

// Tool is a migration tool, by the name that people know it by.
type Tool string

// The tools whose folders are recognised. The zero Tool is a plain folder of files *.sql.
const (
	Plain         Tool = ""
	GolangMigrate Tool = "golang-migrate" // and sqlx-cli's reversible migrations, which have the same names and order
	Goose         Tool = "goose"
	Dbmate        Tool = "dbmate"
	SQLMigrate    Tool = "sql-migrate"
	Tern          Tool = "tern"
	Flyway        Tool = "Flyway"
	Atlas         Tool = "Atlas"
	SQLx          Tool = "sqlx-cli" // its simple migrations
)

// Folder is what a folder says.
type Folder struct {
	Tool  Tool
	Files []File // in the order in which they run
}

// File is one file of it.
type File struct {
	Name string
	// Text is the file's without a byte order mark. Lines that are no part of the way up are empty.
	Text string
}

// Problem is a place that cannot be read as the tool means it.
type Problem struct {
	File         string
	Line, Column int    // from 1; 1:1 where the problem is the file's name, or the folder
	Object       string // what it is about; may be empty
	Reason       string // why, in one clause
	Remedy       string // what to do
}

// Error holds all problems of a folder; there is at least one.
type Error struct{ Problems []Problem }

// Error describes the first problem.
func (e *Error) Error() string {
	p := e.Problems[0]
	text := fmt.Sprintf("%s:%d:%d: %s; %s", p.File, p.Line, p.Column, p.Reason, p.Remedy)
	if n := len(e.Problems) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

// Read reads the files *.sql of one folder. The error is an *[Error], or one of reading. A folder without such files
// gives a Folder without files.
func Read(fsys fs.FS, dir string) (Folder, error) {
	f := folder{}
	names, err := fs.Glob(fsys, path.Join(dir, "*.sql"))
	if err != nil {
		return Folder{}, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return Folder{}, err
		}
		f.files = append(f.files, File{path.Base(name), strings.TrimPrefix(string(text), byteOrderMark)})
	}
	if len(names) == 0 {
		return Folder{}, nil
	}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return Folder{}, err
	}
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && !strings.HasSuffix(name, ".sql") {
			f.others = append(f.others, name)
		}
	}
	return f.read()
}

// byteOrderMark begins files of some editors. PostgreSQL would take it for a name.
const byteOrderMark = "\uFEFF"

// folder is one call of Read.
type folder struct {
	files    []File   // *.sql, by name
	others   []string // names of the other files
	first    string   // name of the first file
	problems []Problem
}

func (f *folder) read() (Folder, error) {
	f.first = f.files[0].Name
	tool := f.recognise()
	if len(f.problems) == 0 {
		f.apply(tool)
		f.notEmpty(tool)
	}
	if len(f.problems) > 0 {
		return Folder{}, &Error{f.problems}
	}
	return Folder{tool, f.files}, nil
}

// apply puts the files into the tool's order and leaves what leads up.
func (f *folder) apply(tool Tool) {
	switch tool {
	case Plain:
		f.plain()
	case GolangMigrate:
		f.golangMigrate()
	case Flyway:
		f.flyway()
	case Atlas:
		f.atlas()
	case SQLx:
		f.byNumber(tool, numberUnderscore)
	case Goose:
		f.byNumber(tool, numberUnderscore)
		f.eachLine(func() lineReader { return &gooseFile{} })
	case Dbmate:
		f.dbmateNames()
		f.eachLine(func() lineReader { return &dbmateFile{} })
	case SQLMigrate:
		f.sqlMigrateNames()
		f.eachLine(func() lineReader { return &sqlMigrateFile{} })
	case Tern:
		f.ternNames()
		f.eachLine(func() lineReader { return &ternFile{} })
	}
}

// notEmpty refuses migrations of which nothing leads anywhere: single ones may be empty, and all of them would make
// tenants without tables.
func (f *folder) notEmpty(tool Tool) {
	if tool == Plain || len(f.problems) > 0 {
		return
	}
	for _, file := range f.files {
		if text.NewScanner(file.Text).Next().Kind != text.TokenEOF {
			return
		}
	}
	f.refuse(f.first, fmt.Sprintf("the folder is %s's, and no statement in it leads up", tool),
		"write what makes the tables, or name another folder")
}

// refuse notes a problem with a file as a whole.
func (f *folder) refuse(file, reason, remedy string) {
	f.problems = append(f.problems, Problem{File: file, Line: 1, Column: 1, Reason: reason, Remedy: remedy})
}

// alone reports whether there is one file at most. Then its name does not matter, since nothing depends on an order. A
// DDL that is given as a string has no name of its own.
func (f *folder) alone() bool { return len(f.files) < 2 }

// placed returns a problem with an offset of a file.
func placed(file File, offset int, object, reason, remedy string) Problem {
	before := file.Text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return Problem{File: file.Name, Line: 1 + strings.Count(before, "\n"),
		Column: 1 + utf8.RuneCountInString(before[start:]), Object: object, Reason: reason, Remedy: remedy}
}

// keep leaves the files for which is holds.
func (f *folder) keep(is func(File) bool) {
	f.files = slices.DeleteFunc(f.files, func(file File) bool { return !is(file) })
}
