package repo

import (
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// surroundings is what the Go blocks of the pages are compiled in, page by page and in their order. Blocks that are
// quoted from a file of the repository name that, and whole programs begin with their package clause.
var surroundings = map[string][]string{
	"docs/jobs.md": {`
func _(ctx context.Context, db *sql.DB, expire func(context.Context, *sql.DB) error) error {
BLOCK
	return nil
}`},
	"docs/ddl.md": {`
DECLARATIONS
func _(admin *sql.DB) {
BLOCK
	_, _ = p, err
}`},
	"docs/tenants.md": {`
func _(ctx context.Context, p *provision.Provisioner, tenants iter.Seq[provision.Tenant]) {
BLOCK
	_, _ = counts, err
}`},
	"docs/operating.md": {`
func _(ctx context.Context, p *provision.Provisioner) {
BLOCK
	_, _ = n, err
}`, `
func _(ctx context.Context, p *provision.Provisioner) error {
BLOCK
	return err
}`},
	"docs/sql.md": {`
func _(ctx context.Context, db *sql.DB, dsn string) error {
BLOCK
}`},
	"docs/lib-pq.md": {"" /* what lib/pq's users have, which docex does not need */, `
func _(err error) string {
BLOCK
	return ""
}`},
}

const surroundingImports = `package pages

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)
`

// TestGoBlocks: each Go block of a page is formatted as by gofmt, and compiles.
func TestGoBlocks(t *testing.T) {
	dir, source := t.TempDir(), strings.Builder{}
	source.WriteString(surroundingImports)
	for _, p := range pages(t) {
		blocks := goBlocks(pageText(t, p.name))
		around := surroundings[p.name]
		if len(blocks) != len(around) {
			t.Errorf("%s has %d Go blocks that are neither quoted nor programs, and the test surrounds %d",
				p.name, len(blocks), len(around))
			continue
		}
		for i, block := range blocks {
			formatted, err := format.Source([]byte(block))
			if err != nil || string(formatted) != block {
				t.Errorf("%s: block %d is not as gofmt would have it, which gives %v\n%s", p.name, i+1, err, formatted)
			}
			declarations := ""
			if strings.Contains(around[i], "DECLARATIONS") {
				declarations, block, _ = strings.Cut(block, "\n\n")
			}
			source.WriteString(strings.NewReplacer("DECLARATIONS", declarations, "BLOCK", block).Replace(around[i]) + "\n")
		}
	}
	file := filepath.Join(dir, "pages.go")
	for name, text := range map[string]string{file: source.String(), filepath.Join(dir, "schema", "unit.sql"): ""} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", file)
	cmd.Dir = filepath.Dir(goMod(t))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, source.String())
	}
}

// goBlocks returns the blocks of Go that are neither quoted from a file nor programs of their own.
func goBlocks(text string) (blocks []string) {
	before, rest, found := strings.Cut(text, "```go\n")
	for found {
		block, after, _ := strings.Cut(rest, "```")
		quoted := strings.HasSuffix(before, ".go -->\n")
		if !quoted && !strings.HasPrefix(block, "package ") {
			blocks = append(blocks, block)
		}
		before, rest, found = strings.Cut(after, "```go\n")
	}
	return blocks
}

// TestConsolesAreTyped: each session on a page has the marker by which a test finds it.
func TestConsolesAreTyped(t *testing.T) {
	for _, p := range pages(t) {
		parts := strings.Split(pageText(t, p.name), "```console\n")
		for i, before := range parts[:len(parts)-1] {
			lines := strings.Split(before, "\n")
			if marker := lines[max(0, len(lines)-2)]; !strings.HasPrefix(marker, "<!-- example:") {
				t.Errorf("%s: session %d has no marker", p.name, i+1)
			}
		}
	}
}
