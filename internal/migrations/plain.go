package migrations

import (
	"fmt"
	"regexp"
	"strings"
)

// downName and downLine are what files for the way down are called, or have above them, by whatever tool.
var (
	downName = regexp.MustCompile(`(?i)(?:^|[._-])(?:down|rollback|undo|revert)\.sql$|` +
		`^(?:down|rollback|undo|revert)[._-]?v?[0-9]|\.(?:down|rollback|undo|revert)\.`)
	downLine = regexp.MustCompile(`(?mi)^[ \t]*--[^\pL\n]*(?:[a-z]+[ \t:]+)?[^\pL\n]*` +
		`(?:down|downs|rollback|undo|revert)(?:[ \t]+(?:migration|script|part|section))?[^\pL\n]*$`)
)

// elsewhere are the marks of tools that keep the order of the files, or conditions for them, in another place.
var elsewhere = []struct {
	mark         *regexp.Regexp
	tool, remedy string
}{
	{regexp.MustCompile(`(?mi)^[ \t]*--[ \t]*liquibase formatted sql`),
		"Liquibase, whose changelog says in which order and when",
		"let liquibase update-sql write what it does to an empty database, and take that"},
	{regexp.MustCompile(`(?m)^-- (?:Deploy|Revert|Verify) \S+ (?:to|from|on) \S+`),
		"Sqitch, whose plan says in which order",
		"number copies of the scripts of deploy in the order of sqitch.plan, without this line"},
}

// plain refuses a folder of no known tool that holds a way down, or whose numbers mean another order than the names'.
func (f *folder) plain() {
	const remedy = "take what leads down out of the folder; docex knows golang-migrate, goose, dbmate, sql-migrate, " +
		"tern, Flyway, Atlas and sqlx-cli"
	for _, file := range f.files {
		if downName.MatchString(file.Name) {
			f.refuse(file.Name, "by its name it undoes what other files make, and the folder is of no known migration tool",
				remedy)
		} else if at := downLine.FindStringIndex(file.Text); at != nil {
			f.problems = append(f.problems, placed(file, at[0], strings.TrimSpace(file.Text[at[0]:at[1]]),
				"from here on it seems to undo what stands above, and it is of no known migration tool", remedy))
		}
		for _, e := range elsewhere {
			if at := e.mark.FindStringIndex(file.Text); at != nil {
				f.problems = append(f.problems, placed(file, at[0], "",
					"the file is one of "+e.tool+" it runs", e.remedy))
			}
		}
	}
	f.sameOrder()
}

// sameOrder refuses a plain folder in which 10 stands before 2: names decide there, and whoever numbers files means the
// numbers.
func (f *folder) sameOrder() {
	last, from := "", ""
	for _, file := range f.files {
		m := numberFirst.FindStringSubmatch(file.Name)
		if m == nil {
			return
		}
		n := number(m[1])
		if compareNumbers(n, last) < 0 {
			f.refuse(file.Name, fmt.Sprintf("it would run behind %s, since names decide here and not numbers", from),
				"write the numbers with as many digits each: 01, 02, 10")
			return
		}
		last, from = n, file.Name
	}
}
