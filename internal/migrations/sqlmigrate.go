package migrations

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// sqlMigrateFile reads by the rules of sql-migrate's parser (rubenv/sql-migrate, sqlparse): parts of -- +migrate Up and
// -- +migrate Down, in any number and order.
type sqlMigrateFile struct {
	part  part
	front strings.Builder // what stands in front of the first annotation
	block block
}

func (m *sqlMigrateFile) line(s string) (string, bool, *complaint) {
	if !sqlMigrateLine.MatchString(s) {
		if m.part == before && m.begins(s) {
			return "", false, &complaint{0, "", "sql-migrate leaves out what stands in front of -- +migrate Up",
				"put it behind, or take it out"}
		}
		m.block.add(s)
		return s, m.part == up, nil // a comment in front may hold the annotation that ends it for sql-migrate
	}
	command, ok := strings.CutPrefix(s, "-- +migrate ")
	words := strings.Fields(command)
	if !ok || len(words) == 0 {
		return "", false, &complaint{0, strings.TrimSpace(s), "sql-migrate takes this for a comment",
			"write -- +migrate Up or -- +migrate Down, with these spaces and at the beginning of the line"}
	}
	return m.command(s, words)
}

// begins reports whether SQL begins in a line in front of the first annotation: a licence in a comment is none.
func (m *sqlMigrateFile) begins(line string) bool {
	m.front.WriteString(line + "\n")
	return text.NewScanner(m.front.String()).Next().Kind != text.TokenEOF
}

func (m *sqlMigrateFile) command(line string, words []string) (string, bool, *complaint) {
	refuse := func(reason, remedy string) (string, bool, *complaint) {
		return "", false, &complaint{0, "+migrate " + strings.Join(words, " "), reason, remedy}
	}
	for _, option := range words[1:] {
		if option != "notransaction" {
			return refuse("docex does not know this option of sql-migrate", "take it out")
		}
	}
	switch words[0] {
	case "Up":
		m.part = up
	case "Down":
		m.part = down
	case "StatementBegin":
		m.block.open = true
	case "StatementEnd":
		line = m.block.close(line)
	default:
		return refuse("sql-migrate passes over what is not Up, Down, StatementBegin or StatementEnd, in these letters",
			"correct it")
	}
	return line, m.part != down, nil
}

func (m *sqlMigrateFile) end() *complaint {
	switch {
	case m.part == before:
		return &complaint{0, "", "the folder is sql-migrate's, and -- +migrate Up is missing in this file",
			"put it in front of the first statement, or move the file out of the folder"}
	case m.block.open:
		return &complaint{0, "", "-- +migrate StatementEnd is missing", "put it behind the statement"}
	}
	return nil
}
