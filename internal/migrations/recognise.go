package migrations

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Names and lines that only one tool's files have. Lines are recognised more loosely than the tools do: one that its
// tool would overlook is a mistake that the tool's own reader then names.
var (
	migrateName = regexp.MustCompile(`^([0-9]+)_.*\.(up|down)\.sql$`)
	flywayName  = regexp.MustCompile(`^([VUB])([0-9][0-9._]*?)(?:__(.*))?\.sql$|^(R)__(.*)\.sql$`)

	gooseLine      = regexp.MustCompile(`(?m)^[ \t]*--.*\+goose\b`)
	dbmateLine     = regexp.MustCompile(`(?mi)^[ \t]*--[ \t]*migrate:[ \t]*(?:up|down)\b`)
	sqlMigrateLine = regexp.MustCompile(`(?mi)^[ \t]*--[ \t]*\+[ \t]*migrate\b`)
	ternLine       = regexp.MustCompile(
		`(?mi)^.*--[ \t]*create[ \t]+above[ \t]*/[ \t]*drop[ \t]+below|^[ \t]*--+[ \t]*tern:`)
	sqlxLine = regexp.MustCompile(`^-- no-transaction`)
)

// sign is what a tool is recognised by.
type sign struct {
	tool Tool
	file string
	line int
}

func (s sign) String() string { return fmt.Sprintf("%s:%d like %s", s.file, s.line, s.tool) }

// recognise returns the tool whose signs the files show, or notes that there are several.
func (f *folder) recognise() Tool {
	var signs []sign
	for _, file := range f.files {
		signs = append(signs, signsOf(file)...)
	}
	if strong := slices.DeleteFunc(slices.Clone(signs), func(s sign) bool { return s.tool == SQLx }); len(strong) > 0 {
		signs = strong // sqlx-cli's sign is a comment that others may have
	}
	for _, s := range signs {
		if s.tool != signs[0].tool {
			f.problems = append(f.problems, Problem{File: s.file, Line: s.line, Column: 1, Object: string(s.tool),
				Reason: fmt.Sprintf("the folder mixes migration tools: this reads like %s, and %s", s.tool, signs[0]),
				Remedy: "keep the files of one tool in the folder, and only those"})
			return Plain
		}
	}
	switch {
	case len(signs) > 0:
		return signs[0].tool
	case slices.Contains(f.others, "atlas.sum"):
		return Atlas
	case slices.Contains(f.others, "tern.conf"):
		return Tern
	}
	return Plain
}

// signsOf returns one sign for each tool that a file shows signs of.
func signsOf(file File) (signs []sign) {
	name := func(tool Tool, is *regexp.Regexp) {
		if is.MatchString(file.Name) {
			signs = append(signs, sign{tool, file.Name, 1})
		}
	}
	line := func(tool Tool, is *regexp.Regexp) {
		if at := is.FindStringIndex(file.Text); at != nil {
			signs = append(signs, sign{tool, file.Name, 1 + strings.Count(file.Text[:at[0]], "\n")})
		}
	}
	name(GolangMigrate, migrateName)
	name(Flyway, flywayName)
	line(Goose, gooseLine)
	line(Dbmate, dbmateLine)
	line(SQLMigrate, sqlMigrateLine)
	line(Tern, ternLine)
	line(SQLx, sqlxLine)
	return signs
}
