package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// write writes a file with commit.
func write(t *testing.T, path, text string, commit func(*File) error) error {
	t.Helper()
	f, err := Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Discard()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	return commit(f)
}

// alone fails unless the file holds text and is alone in its folder.
func alone(t *testing.T, path, text string) {
	t.Helper()
	if got, err := os.ReadFile(path); string(got) != text || err != nil {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); len(left) != 1 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A file that is there stays as it is, and nothing else is left behind; with hard links and without.
func TestCommitNew(t *testing.T) {
	noLink := errors.New("no links here")
	for name, link := range map[string]func(old, new string) error{
		"links": os.Link, "no links": func(string, string) error { return noLink },
	} {
		path := filepath.Join(t.TempDir(), "a.txt")
		commit := func(f *File) error { return f.commitNew(link) }
		if err := write(t, path, "first", commit); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := write(t, path, "second", commit); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: a second time: %v", name, err)
		}
		alone(t, path, "first")
	}
}

// At no moment is there a file of that name with less than all of it: it is whole before it gets the name.
func TestCommitNewIsWholeBeforeItIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	err := write(t, path, "all of it", func(f *File) error {
		return f.commitNew(func(old, new string) error {
			text, err := os.ReadFile(old)
			if _, missing := os.Stat(new); string(text) != "all of it" || err != nil || !errors.Is(missing, fs.ErrNotExist) {
				t.Errorf("holds %q, %v; the file itself: %v", text, err, missing)
			}
			return os.Link(old, new)
		})
	})
	if err != nil {
		t.Error(err)
	}
}

// Commit replaces a file. What is discarded leaves the one that is there, and nothing else.
func TestCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	for _, text := range []string{"first", "second"} {
		if err := write(t, path, text, func(f *File) error { return Commit(f) }); err != nil {
			t.Error(err)
		}
		alone(t, path, text)
	}
	_ = write(t, path, "third", func(*File) error { return nil })
	alone(t, path, "second")
}
