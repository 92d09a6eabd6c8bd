package session

import (
	"github.com/hashicorp/golang-lru/v2/simplelru"
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
	mode := s.mode
	if asked != 0 {
		mode = asked
	}
	if err := s.checkExecMode(mode); err != nil {
		return "", 0, s.wrap(op, err)
	}
	if op.Effects.Statements > 1 {
		return op.Text, 0, nil
	}
	text := op.Tagged(op.Text)
	if bare || mode != pgx.QueryExecModeCacheStatement || s.prepared.takes(text) {
		return text, 0, nil
	}
	return text, pgx.QueryExecModeCacheDescribe, nil
}

// Tagged returns a text of the operation with the tenant's tag.
func (op *Operation) Tagged(text string) string { return text + op.tag }

// TextMode is the mode for a prepared statement that runs as a text. Like a prepared statement it knows the types,
// unless the DSN, which has named another mode then, keeps no descriptions.
func (s *Session) TextMode() pgx.QueryExecMode {
	switch {
	case s.pins.local && !s.prepared.describes:
		return s.mode
	case s.pins.local:
		return pgx.QueryExecModeCacheDescribe
	case s.prepared.capacity > 0:
		return pgx.QueryExecModeCacheStatement
	default:
		return pgx.QueryExecModeDescribeExec
	}
}

// KeepsStatements reports whether a prepared statement has to be one of the session's own, since pgx keeps none. It
// lives in one session. Otherwise its executions are those of its text, in whatever session.
func (s *Session) KeepsStatements() bool { return !s.pins.local && s.prepared.capacity == 0 }

// preparation decides which texts are prepared in mode cache_statement; the others are described, which costs the
// server no memory. pgx's own cache would take each text in and throw out the oldest, so a program that goes round more
// texts than it holds would find none of them. A text takes the place of the oldest only when it was used since the
// oldest was.
type preparation struct {
	capacity  int
	describes bool                           // pgx keeps descriptions
	prepared  *simplelru.LRU[string, uint64] // texts that pgx has prepared, and when they were used last; nil: all are
	others    *simplelru.LRU[string, uint64]
	now       uint64
}

// newPreparation follows the capacities of pgx's caches. Without descriptions there is nothing to choose.
func newPreparation(c *pgx.ConnConfig) *preparation {
	p := &preparation{capacity: c.StatementCacheCapacity, describes: c.DescriptionCacheCapacity > 0}
	if p.capacity > 0 && p.describes {
		p.prepared, _ = simplelru.NewLRU[string, uint64](c.StatementCacheCapacity, nil) // fails for capacities below 1 only
		p.others, _ = simplelru.NewLRU[string, uint64](c.DescriptionCacheCapacity, nil)
	}
	return p
}

func (p *preparation) takes(text string) bool {
	if p.prepared == nil {
		return true
	}
	p.now++
	if !p.prepared.Contains(text) && p.prepared.Len() == p.capacity {
		last, seen := p.others.Peek(text)
		if _, oldest, _ := p.prepared.GetOldest(); !seen || last <= oldest {
			p.others.Add(text, p.now)
			return false
		}
		p.others.Remove(text)
	}
	p.prepared.Add(text, p.now)
	return true
}
