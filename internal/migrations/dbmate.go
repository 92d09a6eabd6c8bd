package migrations

import (
	"regexp"
	"strings"
)

// dbmateFile reads by the rules of dbmate's parser (amacneil/dbmate, pkg/dbmate/migration.go): blocks of -- migrate:up
// and -- migrate:down, by turns.
type dbmateFile struct {
	part  part
	block block // that leads up; dbmate sends each by itself, so the last statement may lack its semicolon
	seen  bool  // there is one
}

// dbmateDirective is one as dbmate wants it. What is only like one is a comment to it.
var dbmateDirective = regexp.MustCompile(`^--\s*migrate:(up|down)(?:\s*$|\s+(\S.*))`)

func (d *dbmateFile) line(s string) (string, bool, *complaint) {
	if !dbmateLine.MatchString(s) {
		if d.part == before && !idle(s) {
			return "", false, &complaint{0, "", "dbmate wants -- migrate:up in front of the first statement", "put it there"}
		}
		if d.part == up {
			d.block.add(s)
		}
		return s, d.part != down, nil
	}
	m := dbmateDirective.FindStringSubmatch(s)
	switch {
	case m == nil:
		return "", false, &complaint{0, strings.TrimSpace(s), "dbmate takes this for a comment",
			"write -- migrate:up or -- migrate:down, at the beginning of the line and in small letters"}
	case m[1] == "down" && d.part != up:
		return "", false, &complaint{0, "migrate:down", "dbmate wants -- migrate:up in front of each -- migrate:down",
			"put it there, or take this one out"}
	}
	for _, option := range strings.Fields(m[2]) {
		if option != "transaction:false" && option != "transaction:true" {
			return "", false, &complaint{0, option, "docex does not know this option of dbmate", "take it out"}
		}
	}
	if m[1] == "down" {
		d.part = down
		return s, false, nil
	}
	if d.seen {
		s = d.block.close(s)
	}
	d.part, d.seen, d.block.open = up, true, true
	return s, true, nil
}

func (d *dbmateFile) end() *complaint {
	if d.seen {
		return nil
	}
	return &complaint{0, "", "the folder is dbmate's, and -- migrate:up is missing in this file",
		"put it in front of the first statement, or move the file out of the folder"}
}
