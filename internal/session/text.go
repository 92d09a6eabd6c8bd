package session

import (
	"cmp"

	"github.com/jackc/pgx/v5"
)

// tag is what docex puts behind each text of one statement or none: a comment that names the tenant. pgx and poolers
// keep what they prepare and describe by the text. A text that the guard has parsed ends outside of strings and
// comments, except for a comment that the newline ends. No tenant id could end the tag or make it a hint.
func tag(tenant string) string { return "\n/* " + tenant + " */" }

// Text returns what pgx is to send, and the mode to send it in, 0 for that of the connection. asked is the mode that
// the call names, or 0. bare says that pgx sends a simple Query whatever the mode: for an Exec without arguments.
func (s *Session) Text(op *Operation, asked pgx.QueryExecMode, bare bool) (string, pgx.QueryExecMode, error) {
	if s.conn == nil {
		return op.Text, 0, nil
	}
	mode := cmp.Or(asked, s.mode)
	if err := s.checkExecMode(mode); err != nil {
		return "", 0, s.wrap(op, err)
	}
	if op.Effects.Statements > 1 {
		return op.Text, 0, nil
	}
	text := op.Tagged(op.Text)
	if bare || mode != pgx.QueryExecModeCacheStatement || s.prepared.Takes(text) {
		return text, 0, nil
	}
	return text, pgx.QueryExecModeCacheDescribe, nil
}

// Interpolates reports whether pgx puts the arguments into the text. asked is as for [Session.Text].
func (s *Session) Interpolates(asked pgx.QueryExecMode) bool {
	return cmp.Or(asked, s.mode) == pgx.QueryExecModeSimpleProtocol
}

// Tagged returns a text of the operation with the tenant's tag.
func (op *Operation) Tagged(text string) string { return text + op.tag }

// TextMode is the mode for a prepared statement that runs as a text. Like a prepared statement it knows the types,
// unless the DSN, which has named another mode then, keeps no descriptions.
func (s *Session) TextMode() pgx.QueryExecMode {
	switch {
	case s.pins.local && !s.prepared.Describes:
		return s.mode
	case s.pins.local:
		return pgx.QueryExecModeCacheDescribe
	case s.prepared.Capacity > 0:
		return pgx.QueryExecModeCacheStatement
	default:
		return pgx.QueryExecModeDescribeExec
	}
}

// KeepsStatements reports whether a prepared statement has to be one of the session's own, since pgx keeps none. It
// lives in one session. Otherwise its executions are those of its text, in whatever session.
func (s *Session) KeepsStatements() bool { return !s.pins.local && s.prepared.Capacity == 0 }
