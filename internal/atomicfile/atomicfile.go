// Package atomicfile writes files that appear under their names whole and on disk, or not at all. The entry point is
// [Create].
//
// Promise: who opens a name finds all of the file, or what was there before, also when the program is killed. Not
// promised: that several files appear together.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// File is a file under way. It has another name, in the same folder, until it is committed.
type File struct {
	*os.File
	target string
}

// Create begins a file that is to be called target. Discard must be called in the end.
func Create(target string, mode os.FileMode) (*File, error) {
	f, err := os.OpenFile(target+"."+rand.Text(), os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	return &File{f, target}, err
}

// Discard removes what was not committed.
func (f *File) Discard() {
	f.Close()
	os.Remove(f.Name())
}

// Commit gives files their names, in turn, in the place of files that are there.
func Commit(files ...*File) error {
	for _, f := range files {
		if err := f.finish(); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := f.rename(); err != nil {
			return err
		}
	}
	return nil
}

// CommitNew gives a file its name. The error matches fs.ErrExist when there is a file of that name.
func (f *File) CommitNew() error { return f.commitNew(os.Link) }

// commitNew makes a link, which never takes the place of a file, as a rename does. Where the file system has no links
// it is a rename.
func (f *File) commitNew(link func(old, new string) error) error {
	if err := f.finish(); err != nil {
		return err
	}
	if err := link(f.Name(), f.target); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(f.target); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, &fs.PathError{Op: "create", Path: f.target, Err: fs.ErrExist})
	}
	return f.rename()
}

// finish has the file's bytes on disk.
func (f *File) finish() error { return errors.Join(f.Sync(), f.Close()) }

// rename gives a file its name, and has that on disk.
func (f *File) rename() error {
	err := os.Rename(f.Name(), f.target)
	if err != nil || runtime.GOOS == "windows" { // which syncs no folders
		return err
	}
	folder, err := os.Open(filepath.Dir(f.target))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
