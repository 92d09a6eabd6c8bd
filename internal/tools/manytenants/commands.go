package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/docex/docex/internal/testkit/pgserver"
)

// reportCommands times what an operator types, and tells how much memory each command takes at most. The last one
// upgrades a system schema that was set back by one version.
func (d *database) reportCommands(ctx context.Context, out io.Writer, server *pgserver.Server, o options) error {
	dir, err := os.MkdirTemp("", "manytenants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "docex")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/docex/docex/cmd/docex").
		CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	app, err := url.Parse(server.DSN(d.name))
	if err != nil {
		return err
	}
	app.User = url.UserPassword(d.name+"_app", appPassword)
	ddl, err := filepath.Abs(o.ddl)
	if err != nil {
		return err
	}
	for _, c := range []struct{ before, command string }{
		{command: "init --ddl " + ddl},
		{command: "tenant list"},
		{command: "tenant verify --all --concurrency 2"},
		{command: "doctor"},
		{before: "DROP TABLE docex_system.reserve, docex_system.ddl; " +
			"ALTER TABLE docex_system.installation DROP COLUMN secret, DROP COLUMN rehomed_from, DROP COLUMN login_role, " +
			"DROP COLUMN logins; " +
			"ALTER TABLE docex_system.tenant DROP COLUMN next_digest, DROP COLUMN next_script, DROP COLUMN next_done; " +
			"UPDATE docex_system.installation SET version = 2",
			command: "init --upgrade --ddl " + ddl},
	} {
		if _, err := d.db.ExecContext(ctx, c.before); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, program, strings.Fields(c.command)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DOCEX_ADMIN_DSN="+server.DSN(d.name), "DOCEX_APP_DSN="+app.String())
		start := time.Now()
		text, err := cmd.CombinedOutput()
		took := time.Since(start)
		if err != nil {
			return fmt.Errorf("docex %s: %w\n%s", c.command, err, last(string(text), 20))
		}
		words, _, _ := strings.Cut(c.command, " --ddl")
		fmt.Fprintf(out, "docex %s: %s, %d MB\n", words, took.Round(time.Millisecond),
			cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss>>10)
	}
	return nil
}

// last returns the last n lines of a text.
func last(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
