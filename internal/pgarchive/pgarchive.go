// Package pgarchive keeps archives of single tenants in files, by PostgreSQL's own pg_dump and pg_restore. The entry
// points are [Find], [Tools.Export] and [Tools.Open].
//
// An archive is a file that pg_restore can read by itself, in PostgreSQL's custom format. Beside it lies its manifest,
// [provision.Manifest] as JSON, under the same name with [ManifestSuffix] behind it.
//
// Promise: a file appears under its name only when it is whole and on disk, the manifest last; an archive that differs
// from its manifest is not used; passwords stand in the environment of the programs and never on their command line.
// Not promised: that an archive is genuine. Its SHA-256 finds damage, and nothing that was meant.
package pgarchive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var (
	// ErrTools: pg_dump or pg_restore is missing or too old.
	ErrTools = errors.New("docex: PostgreSQL's client programs cannot be used")
	// ErrFileExists: a file would be overwritten.
	ErrFileExists = errors.New("docex: the file exists")
)

// Tools are the client programs, and how they log in. The zero value is not usable; see Find.
type Tools struct {
	dir  string // "" is PATH
	conn connection
}

// Find returns the programs of a folder, or those in PATH for "", that log in with a DSN as pgx reads it. Settings in
// it that only pgx knows are left out. The programs are looked at when they are used. The error is about the DSN and
// does not repeat it.
func Find(dir, dsn string) (Tools, error) {
	conn, err := newConnection(dsn)
	return Tools{dir: dir, conn: conn}, err
}

// program is one of the client programs.
type program struct {
	path    string
	version string // as it says it
	major   int
}

var versionNumber = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// find looks for a program and asks for its version. The error matches ErrTools.
func (t Tools) find(ctx context.Context, name string) (program, error) {
	path, err := exec.LookPath(filepath.Join(t.dir, name))
	if err != nil {
		return program{}, fmt.Errorf("%w: %w", ErrTools, err)
	}
	out, err := command(ctx, path, "--version").Output()
	if err != nil {
		return program{}, fmt.Errorf("%w: %s --version: %w", ErrTools, path, err)
	}
	p := program{path: path, version: strings.TrimSpace(string(out))}
	found := versionNumber.FindStringSubmatch(p.version)
	if found == nil {
		return program{}, fmt.Errorf("%w: %s --version says %q", ErrTools, path, p.version)
	}
	p.major, err = strconv.Atoi(found[1])
	return p, err
}

// notOlder refuses a program that is older than what it is to read.
func (p program) notOlder(major int, what string) error {
	if p.major >= major {
		return nil
	}
	return fmt.Errorf("%w: %s is of version %d, and %s of %d: it takes one that is not older", ErrTools, p.path, p.major,
		what, major)
}

// leaveOut are options of both programs: an archive has no owners and rights, and nothing that belongs to no schema.
func (p program) leaveOut() []string {
	options := []string{
		"--no-owner", "--no-acl", "--no-tablespaces", "--no-publications", "--no-subscriptions", "--no-security-labels",
	}
	if p.major >= 18 {
		options = append(options, "--no-statistics") // they name the schema in a way that no other name could be put into
	}
	return options
}

// stopTime is how long a program that is told to stop may take before it is killed.
const stopTime = 5 * time.Second

// command is exec.CommandContext for a program that cancels what it has under way on the server when ctx ends. What it
// says is in the C locale, so that it can be told apart.
func command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTime
	return cmd
}

// failed explains why a program failed: by the context, or by what it said on its standard error.
func failed(ctx context.Context, cmd *exec.Cmd, err error, said string) error {
	switch said = strings.TrimSpace(said); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case said != "":
		return fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, said)
	}
	return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
}
