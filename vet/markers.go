package vet

import (
	"fmt"
	"strconv"
	"unicode"
)

// statement is a text for the guard, and where each of its bytes was before the placeholders were replaced.
type statement struct {
	text string
	from []int // one more than bytes in text; nil when nothing was replaced
}

// original returns where an offset into the text was.
func (s statement) original(offset int) int {
	if s.from == nil {
		return offset
	}
	return s.from[min(max(offset, 0), len(s.from)-1)]
}

// replace puts PostgreSQL's placeholders ($1, $2, …) in the place of those that a caller replaces, byte for byte as
// sqlx 1.4 does: in constants and comments, too. The error says what sqlx cannot read.
func replace(sql string, m markers) (statement, error) {
	if m == 0 {
		return statement{text: sql}, nil
	}
	r := replacer{sql: sql, markers: m}
	for i := range len(sql) {
		if err := r.step(i); err != nil {
			return statement{}, err
		}
	}
	return statement{text: string(r.out), from: append(r.from, len(sql))}, nil
}

// replacer reads one text, byte by byte.
type replacer struct {
	sql     string
	markers markers
	out     []byte
	from    []int

	count  int  // of placeholders so far
	inName bool // after a colon
	start  int  // of the name, at its colon
}

func (r *replacer) step(i int) error {
	b := r.sql[i]
	last := i == len(r.sql)-1
	switch {
	case r.markers&named == 0:
		r.plain(i)
	case b == ':' && r.inName && r.sql[i-1] == ':': // a cast
		r.put(":", i)
		r.inName = false
	case b == ':' && r.inName:
		return fmt.Errorf("sqlx: unexpected : in a named parameter at byte %d", i)
	case b == ':':
		r.inName, r.start = true, i
	case r.inName && b == '=' && r.sql[i-1] == ':':
		r.put(":=", i-1)
		r.inName = false
	case r.inName && (alphanumeric(b) || b == '_' || b == '.') && !last:
	case r.inName:
		r.inName = false
		r.placeholder(r.start)
		if !last || !alphanumeric(b) {
			r.plain(i)
		}
	default:
		r.plain(i)
	}
	return nil
}

// alphanumeric takes a byte for a code point, as sqlx does.
func alphanumeric(b byte) bool { return unicode.In(rune(b), unicode.Letter, unicode.Digit) }

func (r *replacer) plain(i int) {
	if r.sql[i] == '?' && r.markers&questions != 0 {
		r.placeholder(i)
		return
	}
	r.put(r.sql[i:i+1], i)
}

func (r *replacer) placeholder(from int) {
	r.count++
	r.put("$"+strconv.Itoa(r.count), from)
}

func (r *replacer) put(text string, from int) {
	r.out = append(r.out, text...)
	for range len(text) {
		r.from = append(r.from, from)
	}
}
