package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A file that is there stays as it is, and nothing else is left behind; with hard links and without.
func TestWriteNew(t *testing.T) {
	noLink := errors.New("no links here")
	for name, link := range map[string]func(old, new string) error{
		"links": os.Link, "no links": func(string, string) error { return noLink },
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, Name)
		if err := writeNew(path, []byte("first"), 0o600, link); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := writeNew(path, []byte("second"), 0o600, link); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: a second time: %v", name, err)
		}
		if text, err := os.ReadFile(path); string(text) != "first" || err != nil {
			t.Errorf("%s: the file holds %q, %v", name, text, err)
		}
		if left, err := os.ReadDir(dir); len(left) != 1 || err != nil {
			t.Errorf("%s: left: %v, %v", name, left, err)
		}
	}
}

// At no moment is there a file of that name with less than all of it: it is whole before it gets the name.
func TestWriteNewIsWholeBeforeItIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), Name)
	err := writeNew(path, []byte("all of it"), 0o600, func(old, new string) error {
		text, err := os.ReadFile(old)
		if _, missing := os.Stat(new); string(text) != "all of it" || err != nil || !errors.Is(missing, fs.ErrNotExist) {
			t.Errorf("holds %q, %v; the file itself: %v", text, err, missing)
		}
		return os.Link(old, new)
	})
	if err != nil {
		t.Error(err)
	}
}
