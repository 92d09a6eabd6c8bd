package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
)

var codeBlock = regexp.MustCompile("(?s)```(sql|go)\n(.*?)```")

// Every statement of docs/sql.md and docs/policy.md runs, with the settings that its block names and no others.
func TestSQLPages(t *testing.T) {
	var pages []byte
	for _, name := range []string{"sql", "policy"} {
		page, err := os.ReadFile("../docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page...)
	}
	w := newWorld(t)
	mustExec(t, w.admin, "CREATE SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC;"+
		"CREATE SCHEMA ref; CREATE TABLE ref.country (code text, name text); GRANT USAGE ON SCHEMA ref TO PUBLIC;"+
		"GRANT SELECT ON ref.country TO PUBLIC")
	statements, source := 0, ""
	for _, block := range codeBlock.FindAllStringSubmatch(string(pages), -1) {
		if block[1] == "go" && strings.Contains(block[2], "driver.NewConnector") {
			continue // an example's
		}
		if block[1] == "go" {
			source += block[2]
			continue
		}
		settings, text := "", block[2]
		if rest, ok := strings.CutPrefix(text, "-- "); ok {
			settings, text, _ = strings.Cut(rest, "\n")
		}
		var params []string
		for setting := range strings.FieldsSeq(settings) {
			name, value, _ := strings.Cut(setting, "=")
			params = append(params, name, value)
		}
		c, err := driver.NewConnector(withParams(t, w.AppDSN, params...), driver.Config{})
		if err != nil {
			t.Fatal(err)
		}
		tx := begin(t, w.openConnector(t, 1, c), as("acme"))
		for statement := range strings.SplitSeq(strings.TrimSpace(text), ";\n") {
			statements++
			if _, err := tx.ExecContext(as("acme"), strings.TrimSuffix(statement, ";")); err != nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
	if statements < 25 {
		t.Errorf("only %d statements", statements)
	}
	self, err := os.ReadFile("sql_page_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if source == "" || !strings.Contains(string(self), source) {
		t.Error("the page's Go code is not that of hear")
	}
}

var _ = hear // which is compiled, and does in the page what TestOwnMessages does

func hear(ctx context.Context, db *sql.DB, dsn string) error {
	var channel string
	err := db.QueryRowContext(ctx, "SELECT docex_system.channel($1)", "jobs").Scan(&channel)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn) // not through docex: it runs LISTEN and nothing else
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	n, err := conn.WaitForNotification(ctx)
	if err != nil {
		return err
	}
	fmt.Println(n.Payload)
	return nil
}
