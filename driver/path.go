package driver

import (
	"encoding/csv"
	"slices"
	"strings"
)

// pathCheck holds what is known of the reports of search_path on one connection.
type pathCheck struct {
	reports  bool   // the server reports it: PostgreSQL 18 and later do
	verified string // the last report that was right
	schema   string // for the tenant with this schema
}

// onPath compares search_path with what the pin has set, where the server reports it, which it does with the reply to
// the statement that has changed it. A trusted function can move it. Where there is no report it says true.
func (c *conn) onPath() bool {
	pc := pgConn(c.inner)
	if pc == nil || c.pin.local {
		return true
	}
	reported := pc.ParameterStatus("search_path")
	c.path.reports = c.path.reports || reported != ""
	if !c.path.reports || reported == c.path.verified && c.schema == c.path.schema {
		return true
	}
	if !samePath(reported, c.schema, c.pin.path) {
		return false
	}
	c.path.verified, c.path.schema = reported, c.schema
	return true
}

// samePath reports whether a search_path in the server's spelling lists exactly first and rest. The server quotes names as
// CSV does: in double quotes where needed, with those inside doubled.
func samePath(reported, first string, rest []string) bool {
	r := csv.NewReader(strings.NewReader(reported))
	r.TrimLeadingSpace = true
	names, err := r.Read()
	return err == nil && len(names) == 1+len(rest) && names[0] == first && slices.Equal(names[1:], rest)
}
