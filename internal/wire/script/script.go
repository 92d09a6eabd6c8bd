// Package script writes down what a pin runs, in the two forms that PostgreSQL's protocol has for it: extended messages
// (manual, 55.7), and the text of a simple Query. [New] is the entry point.
//
// Promise: both forms run the same statements with the same values. Not promised: a Sync behind them, or what the
// server makes of them, which package wire reads in the replies.
package script

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Script is what a pin runs: statements, and behind them a query with parameters $1 to $9 of type text. Immutable.
type Script struct {
	name       string
	statements []string
	query      string
	prepare    []byte // the messages that make the session's prepared statements, when there is a name
	run        []byte // the messages that run statements
}

// New returns a script. With a name other than "", each session prepares the statements once, under names that
// begin with it. The server spends half the time on them then, because utility statements need no analysis when they
// run again. A session has room for one such script.
func New(name, query string, statements ...string) *Script {
	s := &Script{name: name, statements: statements, query: query}
	parse := func(name, text string) {
		message := &pgproto3.Parse{Name: name, Query: text}
		if name == "" {
			s.run = mustAppend(s.run, message)
			return
		}
		// What the session may have of that name is closed first. Closing what is not there is no error.
		s.prepare = mustAppend(s.prepare, &pgproto3.Close{ObjectType: 'S', Name: name}, message)
	}
	for i, text := range statements {
		each := ""
		if name != "" {
			each = name + "_" + strconv.Itoa(i)
		}
		parse(each, text)
		s.run = mustAppend(s.run, &pgproto3.Bind{PreparedStatement: each}, &pgproto3.Execute{})
	}
	parse(name, query)
	return s
}

// Prepares reports whether sessions prepare the script.
func (s *Script) Prepares() bool { return s.name != "" }

// Count returns how many statements the script runs, the query included.
func (s *Script) Count() int { return len(s.statements) + 1 }

// Append appends the script as messages without a Sync. With scripted, the session has its prepared statements already.
func (s *Script) Append(buf []byte, values []string, scripted bool) []byte {
	if !scripted {
		buf = append(buf, s.prepare...)
	}
	buf = append(buf, s.run...)
	buf = appendBind(buf, s.name, values)
	return append(buf, executeMessage...)
}

// appendBind appends a Bind of text values. pgproto3's makes garbage, and this one goes out with each change of tenant.
func appendBind(buf []byte, name string, values []string) []byte {
	begin := len(buf)
	buf = append(buf, 'B', 0, 0, 0, 0, 0) // the length, and the name of the unnamed portal
	buf = append(buf, name...)
	buf = append(buf, 0, 0, 0) // no formats of parameters
	buf = binary.BigEndian.AppendUint16(buf, uint16(len(values)))
	for _, v := range values {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(v)))
		buf = append(buf, v...)
	}
	buf = append(buf, 0, 0) // no formats of results
	binary.BigEndian.PutUint32(buf[begin+1:], uint32(len(buf)-begin-1))
	return buf
}

// Text returns the statements as one text, with the values in it as constants.
func (s *Script) Text(values []string) string {
	var pairs []string
	for i, v := range values {
		// With standard_conforming_strings on, only the quote is doubled in a string constant.
		pairs = append(pairs, "$"+strconv.Itoa(i+1), "'"+strings.ReplaceAll(v, "'", "''")+"'")
	}
	query := strings.NewReplacer(pairs...).Replace(s.query)
	return strings.Join(append(s.statements[:len(s.statements):len(s.statements)], query), "; ")
}

var executeMessage = mustAppend(nil, &pgproto3.Execute{})

func mustAppend(buf []byte, messages ...pgproto3.FrontendMessage) []byte {
	for _, m := range messages {
		var err error
		if buf, err = m.Encode(buf); err != nil {
			panic(err) // a constant message
		}
	}
	return buf
}
