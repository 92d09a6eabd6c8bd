package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// fakePrograms makes a folder whose postgres tells a version and whose initdb fails with a message.
func fakePrograms(t *testing.T, message string, major int) string {
	t.Helper()
	root, err := os.MkdirTemp("/tmp", "docex-fake-") // not t.TempDir: the server's user must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	bin := filepath.Join(root, fmt.Sprintf("postgres-%d", major), "bin")
	if err := errors.Join(os.Chmod(root, 0o755), os.MkdirAll(bin, 0o755)); err != nil {
		t.Fatal(err)
	}
	for program, script := range map[string]string{
		"postgres": fmt.Sprintf("echo 'postgres (PostgreSQL) %d.1 (Fake 9.9)'", major),
		"initdb":   fmt.Sprintf("echo '%s'; exit 1", message),
	} {
		if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

func noFetch(context.Context, string) error { return errors.New("no network") }

func TestFindOrder(t *testing.T) {
	path, place, cached, named := fakePrograms(t, "", 15), fakePrograms(t, "", 16), fakePrograms(t, "", 17),
		fakePrograms(t, "", 18)
	cache := filepath.Dir(filepath.Dir(cached))
	for _, test := range []struct {
		name string
		s    search
		want string
	}{
		{"the named one", search{named, []string{path}, []string{place}, cache, noFetch}, named},
		{"PATH", search{"", []string{"/nowhere", path}, []string{place}, cache, noFetch}, path},
		{"a place", search{"", nil, []string{"/nowhere", place}, cache, noFetch}, place},
		{"the cache", search{"", nil, []string{"/nowhere"}, cache, noFetch}, cached},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := test.s.find(t.Context()); got != test.want {
				t.Errorf("found %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestFindNewest(t *testing.T) {
	root := filepath.Dir(filepath.Dir(fakePrograms(t, "", 9)))
	for _, major := range []int{15, 100, 14} {
		other := filepath.Dir(fakePrograms(t, "", major))
		if err := os.Rename(other, filepath.Join(root, filepath.Base(other))); err != nil {
			t.Fatal(err)
		}
	}
	s := search{places: []string{filepath.Join(root, "*", "bin")}, cache: "/nowhere", fetch: noFetch}
	if got, err := s.find(t.Context()); filepath.Base(filepath.Dir(got)) != "postgres-100" {
		t.Errorf("found %s, %v, want the newest, 100", got, err)
	}
}

func TestFindFetchesLast(t *testing.T) {
	cache := filepath.Dir(filepath.Dir(fakePrograms(t, "", 14))) // too old
	fetch := func(_ context.Context, to string) error {
		return os.Rename(filepath.Dir(fakePrograms(t, "", 18)), filepath.Join(to, "postgres-18"))
	}
	got, err := search{cache: cache, fetch: fetch}.find(t.Context())
	if want := filepath.Join(cache, "postgres-18", "bin"); got != want {
		t.Errorf("found %s, %v, want %s", got, err, want)
	}
}

func TestUnavailable(t *testing.T) {
	old := fakePrograms(t, "", 14)
	for _, test := range []struct {
		name string
		s    search
		want []string
	}{
		{"named is no folder", search{named: "/nowhere/bin"}, []string{EnvBin + "=/nowhere/bin", "no program initdb"}},
		{"named is too old", search{named: old}, []string{old, "14.1", "too old"}},
		{"none anywhere", search{"", []string{old}, []string{"/nowhere/*"}, "/nowhere", noFetch},
			[]string{"tried " + old, "14.1", "tried /nowhere/*: nothing there", "no network", "install PostgreSQL 15", EnvURL,
				EnvBin}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.s.find(t.Context())
			var unavailable *UnavailableError
			if !errors.As(err, &unavailable) {
				t.Fatalf("%v, want an UnavailableError", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q:\n%v", want, err)
				}
			}
		})
	}
}

func TestPlacesFile(t *testing.T) {
	if got := places(placesFile); len(got) == 0 || got[0] != "/usr/lib/postgresql/*/bin" {
		t.Errorf("read %q", got)
	}
}

func TestFetchFails(t *testing.T) {
	empty := httptest.NewServer(http.NotFoundHandler())
	defer empty.Close()
	cache := t.TempDir()
	err := fetchWith(t.Context(), cache, embeddedpostgres.DefaultConfig().BinaryRepositoryURL(empty.URL))
	if err == nil || !strings.Contains(err.Error(), "no version found") {
		t.Errorf("%v, want the download's error", err)
	}
}
