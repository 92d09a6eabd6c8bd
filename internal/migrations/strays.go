package migrations

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Strays returns what [Read] does not read of a folder, or reads though it is hidden, and its owner may think
// otherwise: files of SQL that are not called *.sql, hidden ones, and folders below it that hold files *.sql. known
// reports folders that are read by themselves.
func Strays(fsys fs.FS, dir string, known func(folder string) bool) ([]Problem, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var strays []Problem
	foldered := false
	stray := func(name, reason, remedy string) {
		strays = append(strays, Problem{File: name, Line: 1, Column: 1, Reason: reason, Remedy: remedy})
	}
	for _, e := range entries {
		name := e.Name()
		hidden := strings.HasPrefix(name, ".")
		isDir := e.IsDir() || e.Type() == fs.ModeSymlink && leadsToFolder(fsys, path.Join(dir, name))
		switch {
		case isDir && !hidden:
			below, err := firstBelow(fsys, path.Join(dir, name))
			if err != nil {
				return nil, err
			}
			if below == "" || known(path.Join(dir, name)) {
				continue
			}
			one := oneMigration(fsys, path.Join(dir, name))
			if one == "" {
				stray(strings.TrimPrefix(below, dir+"/"), "files in folders below are not read",
					"name the folder that holds the files, put all of them into it, or move this one elsewhere")
			} else if !foldered { // one problem, where a tool has hundreds of them
				foldered = true
				stray(path.Join(name, one), "each migration has a folder here, as with Diesel and Prisma, and files in folders "+
					"below are not read", "let the tool make its tables in an empty database, and give a dump of that to "+
					"docex ddl import")
			}
		case !isDir && !hidden && likeSQL.MatchString(name):
			stray(name, "only files whose names end in .sql are read", "rename it, or move it out of the folder")
		case isDir || !isSQL(name):
		case hidden:
			stray(name, "it is a hidden file", "give it a name without a dot in front, or remove it")
		case !strings.HasSuffix(name, ".sql"):
			stray(name, "only files whose names end in .sql, in small letters, are read", "rename it")
		}
	}
	return strays, nil
}

// oneMigration returns the file of a folder that has the name Diesel or Prisma give to its one migration; "" for none.
func oneMigration(fsys fs.FS, dir string) string {
	for _, name := range []string{"up.sql", "migration.sql"} {
		if info, err := fs.Stat(fsys, path.Join(dir, name)); err == nil && !info.IsDir() {
			return name
		}
	}
	return ""
}

// likeSQL matches other names that files of SQL have, packed ones and templates included.
var likeSQL = regexp.MustCompile(
	`(?i)\.(?:pgsql|psql|plpgsql|ddl)$|\.sql\.(?:gz|bz2|xz|zst|zip|tmpl|tpl|template|j2|erb|in)$`)

func leadsToFolder(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

func isSQL(name string) bool { return strings.EqualFold(path.Ext(name), ".sql") }

// firstBelow returns the first file *.sql in a folder or below it, and "" for none.
func firstBelow(fsys fs.FS, dir string) (found string, err error) {
	err = fs.WalkDir(fsys, dir, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrPermission) {
			return fs.SkipDir
		}
		if err == nil && !e.IsDir() && isSQL(name) {
			found = name
			return fs.SkipAll
		}
		return err
	})
	return found, err
}
