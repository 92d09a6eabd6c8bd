package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docex/docex/internal/migrations"
)

// checkArgument checks a file, the files of a folder, or the standard input. What cannot be read is noted, and does not
// keep the rest from being checked.
func (c *cli) checkArgument(ctx context.Context, run *checkRun, arg string) error {
	files, err := run.sqlFiles(arg)
	if err != nil {
		run.unreadable = append(run.unreadable, err)
	}
	for _, file := range files {
		if !file.read {
			text, err := c.readInput(file.name)
			if err != nil {
				run.unreadable = append(run.unreadable, err)
				continue
			}
			file.text = string(text)
		}
		if file.name == "-" {
			file.name = "<stdin>"
		}
		if err := run.file(ctx, file.name, file.text); err != nil {
			return err
		}
	}
	return nil
}

// sqlFile is a file to check. What migrations say is read with their folder.
type sqlFile struct {
	name, text string
	read       bool
}

// sqlFiles returns the files *.sql of a folder and those below it, or the file itself, which may be "-". A folder
// without any is an error: a check that looks in the wrong place must not pass.
func (r *checkRun) sqlFiles(name string) (files []sqlFile, err error) {
	if name == "-" {
		return []sqlFile{{name: name}}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []sqlFile{{name: name}}, nil
	}
	ofTool := map[string]bool{} // folders that are read as their tool does
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case entry.IsDir():
			found := r.migrations(path)
			files, ofTool[path] = append(files, found...), len(found) > 0
		case !strings.EqualFold(filepath.Ext(path), ".sql"):
		case ofTool[filepath.Dir(path)] && strings.HasSuffix(path, ".sql"):
		default:
			files = append(files, sqlFile{name: path})
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: the folder holds no files *.sql", name)
	}
	return files, err
}

// migrations returns what leads up in the folder of a migration tool, in its order. Any other folder gives nothing, and
// so does one that cannot be read as its tool means it: then all of its files are checked as they are.
func (r *checkRun) migrations(dir string) (files []sqlFile) {
	folder, err := migrations.Read(os.DirFS(dir), ".")
	if err != nil || folder.Tool == migrations.Plain {
		return nil
	}
	for _, f := range folder.Files {
		files = append(files, sqlFile{filepath.Join(dir, f.Name), f.Text, true})
	}
	if !slices.Contains(r.tools, string(folder.Tool)) {
		r.tools = append(r.tools, string(folder.Tool))
	}
	return files
}
