package session

import (
	"encoding/csv"
	"slices"
	"strings"
)

// reportedPath is what is known of the reports of search_path on one connection.
type reportedPath struct {
	reports  bool   // the server reports it: PostgreSQL 18 and later do
	verified string // the last report that was right
	schema   string // for the tenant with this schema
}

// onPath compares search_path with what the pin has set for schema, where the server reports it. It does so with the
// reply to the statement that has changed it. A trusted function can move it. Where there is no report it says true.
func (s *Session) onPath(schema string) bool {
	if s.conn == nil || s.pins.local {
		return true
	}
	reported := s.conn.PgConn().ParameterStatus("search_path")
	s.path.reports = s.path.reports || reported != ""
	if !s.path.reports || reported == s.path.verified && schema == s.path.schema {
		return true
	}
	if !samePath(reported, schema, s.pins.path) {
		return false
	}
	s.path.verified, s.path.schema = reported, schema
	return true
}

// samePath reports whether a search_path in the server's spelling lists exactly first and rest. The server quotes names
// as CSV does: in double quotes where needed, with those inside doubled.
func samePath(reported, first string, rest []string) bool {
	r := csv.NewReader(strings.NewReader(reported))
	r.TrimLeadingSpace = true
	names, err := r.Read()
	return err == nil && len(names) == 1+len(rest) && names[0] == first && slices.Equal(names[1:], rest)
}
