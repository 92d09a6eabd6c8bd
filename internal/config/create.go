package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Create writes c as a new file, readable by its owner alone when it holds a password. The file is there whole or not
// at all, whatever happens meanwhile. The error matches fs.ErrExist when there is a file.
func (c Config) Create(path string) error {
	text, err := c.Render()
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if c.Secret() {
		mode = 0o600
	}
	if err := writeNew(path, text, mode, os.Link); err != nil {
		return fmt.Errorf("docex: configuration: %w", err)
	}
	return nil
}

// writeNew writes a temporary file beside path, and gives it that name when its bytes are on the disk. A link never
// takes the place of a file, as a rename does. Where the file system has no links it is a rename.
func writeNew(path string, text []byte, mode os.FileMode, link func(old, new string) error) (err error) {
	f, err := os.OpenFile(path+"."+rand.Text(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // of the other name, or of what failed
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := link(f.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist})
	}
	return os.Rename(f.Name(), path)
}
