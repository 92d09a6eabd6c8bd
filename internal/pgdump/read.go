package pgdump

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/docex/docex/internal/sqlparse/text"
)

// Lines of comment that pg_dump puts around what it writes.
const (
	header   = "-- PostgreSQL database dump"
	trailer  = header + " complete"
	versions = "-- Dumped "
)

// script is what was read of one dump.
type script struct {
	statements []statement
	versions   []string
}

// statement is one statement of a dump, without its semicolon.
type statement struct {
	source     int
	start, end int    // offsets in the dump
	text       string // the dump's [start, end)
	tokens     []text.Token
	database   string // that \connect named last
}

// reader walks one dump once.
type reader struct {
	dump
	source   int
	scan     *text.Scanner
	database string
	open     int // headers without a trailer
	seen     bool
	out      script
}

// read takes a dump apart. It refuses what is none, or not all of one.
func read(d dump, index int) (script, error) {
	r := &reader{dump: d, source: index, scan: text.NewScanner(d.sql)}
	err := r.read()
	return r.out, err
}

// unreadable knows the other formats of pg_dump by how they begin, and what shells make of a script.
func unreadable(dump []byte) *Refusal {
	const restore = "pg_restore -f - FILE, which writes it as a script"
	begins := func(magic string) bool { return bytes.HasPrefix(dump, []byte(magic)) }
	switch {
	case begins("PGDMP"):
		return &Refusal{Reason: "it is an archive in pg_dump's custom format", Remedy: restore}
	case begins("toc.dat\x00"):
		return &Refusal{Reason: "it is an archive in pg_dump's tar format", Remedy: restore}
	case begins("\x1f\x8b"), begins("\x28\xb5\x2f\xfd"), begins("\x04\x22\x4d\x18"):
		return &Refusal{Reason: "it is compressed", Remedy: "gunzip, unzstd or unlz4 before"}
	case begins("\xff\xfe"), begins("\xfe\xff"):
		return &Refusal{Reason: "it is UTF-16, which some shells make of a program's output",
			Remedy: "pg_dump --schema-only -f FILE instead of > FILE"}
	case bytes.IndexByte(dump, 0) >= 0:
		return &Refusal{Reason: "it holds a NUL byte, so it is no script",
			Remedy: "pg_dump --schema-only without another --format"}
	case !utf8.Valid(dump):
		return &Refusal{Reason: "it is not UTF-8", Remedy: "pg_dump --schema-only --encoding UTF8"}
	}
	return nil
}

// refuse refuses the dump for what stands at an offset.
func (d *dump) refuse(offset int, reason, remedy string) error {
	return &Refusal{File: d.name, Line: d.at(offset).Line, Reason: reason, Remedy: remedy}
}

const again = "make the dump again, and see that pg_dump ends without an error"

func (r *reader) read() error {
	end := 0
	for {
		t := r.scan.Next()
		if err := r.scan.Fault(); err != nil {
			var limit *text.LimitError
			errors.As(err, &limit)
			return r.refuse(limit.Offset, "it holds a run of more than "+strconv.Itoa(limit.Max)+" signs", "")
		}
		if err := r.comments(end, t.Start); err != nil {
			return err
		}
		if t.Kind == text.TokenEOF {
			break
		}
		var err error
		if t.Kind == text.TokenOther && r.sql[t.Start] == '\\' {
			end, err = r.command(t.Start)
		} else {
			end, err = r.statement(t)
		}
		if err != nil {
			return err
		}
	}
	if !r.seen {
		return &Refusal{File: r.name, Reason: "it does not begin as what pg_dump writes, with the comment " + header,
			Remedy: "pg_dump --schema-only as it comes; files of your own are a DDL as they are"}
	}
	if r.open != 0 {
		return &Refusal{File: r.name, Reason: "it ends before the comment " + trailer, Remedy: again}
	}
	return nil
}

// comments reads the comments between two tokens.
func (r *reader) comments(from, to int) error {
	for line := range strings.Lines(r.sql[from:to]) {
		switch line = strings.TrimSpace(line); {
		case line == header:
			if r.open > 0 {
				return r.refuse(from, "another dump begins before the comment "+trailer, again)
			}
			r.open, r.seen = r.open+1, true
		case line == trailer:
			r.open--
		case strings.HasPrefix(line, versions):
			r.out.versions = append(r.out.versions, strings.TrimPrefix(line, "-- "))
		}
	}
	return nil
}

// command reads a command of psql's, which ends with its line. pg_dump writes four of them.
func (r *reader) command(at int) (end int, err error) {
	end = len(r.sql)
	if i := strings.IndexByte(r.sql[at:], '\n'); i >= 0 {
		end = at + i
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(r.sql[at:end]), " ")
	switch word {
	case `\restrict`, `\unrestrict`, `\encoding`:
	case `\connect`, `\c`:
		r.database = strings.TrimSpace(rest)
	default:
		return 0, r.refuse(at, word+" is a command of psql's that pg_dump does not write", "")
	}
	r.scan.Seek(end)
	r.out.statements = append(r.out.statements,
		statement{source: r.source, start: at, end: end, text: r.sql[at:end], database: r.database})
	return end, nil
}

// statement reads to the semicolon, which does not end it in brackets and between BEGIN ATOMIC and its END.
func (r *reader) statement(first text.Token) (end int, err error) {
	st := statement{source: r.source, start: first.Start, database: r.database}
	depth, atomic := 0, 0
	for t := first; ; t = r.scan.Next() {
		switch t.Kind {
		case text.TokenEOF:
			return 0, r.refuse(st.start, "it ends within the statement that begins here", again)
		case text.TokenOpen:
			depth++
		case text.TokenClose:
			depth--
		case text.TokenWord:
			atomic = r.atomic(atomic, t, st.tokens)
		case text.TokenSemi:
			if depth > 0 || atomic > 0 {
				break
			}
			st.end = t.Start
			st.text = r.sql[st.start:st.end]
			for i := range st.tokens {
				st.tokens[i].Start -= st.start
				st.tokens[i].End -= st.start
			}
			if len(st.tokens) == 0 {
				return t.End, nil
			}
			r.out.statements = append(r.out.statements, st)
			return t.End, r.data(&st)
		}
		st.tokens = append(st.tokens, t)
	}
}

// atomic counts what is open behind BEGIN ATOMIC: the body itself, and each CASE. Names that are keywords are quoted.
func (r *reader) atomic(open int, t text.Token, before []text.Token) int {
	var last text.Token
	if len(before) > 0 {
		last = before[len(before)-1]
	}
	word := r.sql[t.Start:t.End]
	switch {
	case last.Kind == text.TokenDot:
		return open
	case open == 0 && strings.EqualFold(word, "atomic") && strings.EqualFold(r.sql[last.Start:last.End], "begin"):
		return 1
	case open > 0 && strings.EqualFold(word, "case"):
		return open + 1
	case open > 0 && strings.EqualFold(word, "end"):
		return open - 1
	}
	return open
}

// data refuses rows, and settings under which the text means something else than what is read here.
func (r *reader) data(st *statement) error {
	const remedy = "pg_dump --schema-only; give rows that each tenant needs as a seed (provision.seed)"
	switch first := st.word(0); {
	case first == "copy", first == "insert",
		first == "select" && (st.calls("setval") || st.calls("lo_create") || st.calls("lo_open")):
		return r.refuse(st.start, "it holds data, not only a schema", remedy)
	case first == "set" && st.word(1) == "standard_conforming_strings" && st.holds("off"):
		return r.refuse(st.start, "the database has standard_conforming_strings off, so strings are read another way",
			"ALTER DATABASE … SET standard_conforming_strings = on, and dump it again")
	case first == "set" && st.word(1) == "client_encoding" && !strings.Contains(st.text, "UTF8") && !ascii(r.sql):
		return r.refuse(st.start, "it is in another encoding than UTF8", "pg_dump --schema-only --encoding UTF8")
	}
	return nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
