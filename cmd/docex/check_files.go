package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// checkArgument checks a file, the files of a folder, or the standard input. What cannot be read is noted, and does not
// keep the rest from being checked.
func (c *cli) checkArgument(ctx context.Context, run *checkRun, arg string) error {
	files, err := sqlFiles(arg)
	if err != nil {
		run.unreadable = append(run.unreadable, err)
	}
	for _, name := range files {
		text, err := c.readInput(name)
		if err != nil {
			run.unreadable = append(run.unreadable, err)
			continue
		}
		if name == "-" {
			name = "<stdin>"
		}
		if err := run.file(ctx, name, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// sqlFiles returns the files *.sql of a folder and those below it, or the file itself, which may be "-". A folder
// without any is an error: a check that looks in the wrong place must not pass.
func sqlFiles(name string) ([]string, error) {
	if name == "-" {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var files []string
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.EqualFold(filepath.Ext(path), ".sql") {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: the folder holds no files *.sql", name)
	}
	return files, err
}
