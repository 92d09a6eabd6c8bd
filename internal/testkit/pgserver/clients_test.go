package pgserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeClients makes a folder with client programs that tell a version.
func fakeClients(t *testing.T, major int, programs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, program := range programs {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %d.1 (Fake 9.9)'\n", program, major)
		if err := os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Clients are of the version that is asked for, all of them, wherever another version comes before.
func TestClients(t *testing.T) {
	newest, some := fakeClients(t, 18, "pg_dump", "pg_restore", "psql"), fakeClients(t, 17, "pg_dump", "psql")
	whole := fakeClients(t, 17, "pg_dump", "pg_restore", "psql")
	s := search{named: newest, path: []string{"", some}, places: []string{filepath.Dir(whole) + "/*"}}
	for major, want := range map[int]string{18: newest, 17: whole} {
		if got, err := s.clients(major); got != want {
			t.Errorf("%d: %q, %v, want %s", major, got, err, want)
		}
	}
	if dir, err := s.clients(16); dir != "" || err == nil || !strings.Contains(err.Error(), "postgresql-client-16") {
		t.Errorf("16: %q, %v", dir, err)
	}
}
