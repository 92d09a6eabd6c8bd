package provision

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// feeder sends what pg_restore prints. Between the rows of tables stand statements; rows follow a COPY … FROM stdin up
// to a line \. and are a line each, since pg_dump escapes line ends in them (PostgreSQL manual, COPY, "Text Format").
type feeder struct {
	r       restoring
	pg      *pgconn.PgConn
	in      *bufio.Reader
	pending strings.Builder // statements that were not sent yet
	rows    int64
}

// How lines of pg_restore's that mean something here begin or end.
const (
	headBegins = "SET "
	copyBegins = "COPY "
	copyEnds   = " FROM stdin;\n"
	rowsEnd    = "\\.\n"
	psqlBegins = "\\" // \restrict and \unrestrict, which are for psql
)

func (f *feeder) feed(ctx context.Context) error {
	if err := f.skipHead(); err != nil {
		return err
	}
	for {
		line, err := f.in.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF) && line == "":
			return f.send(ctx)
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case strings.HasPrefix(line, psqlBegins) && f.atStart():
		case strings.HasPrefix(line, copyBegins) && f.atStart():
			if err := f.copy(ctx, line); err != nil {
				return err
			}
		default:
			f.pending.WriteString(line)
		}
	}
}

// skipHead reads past pg_restore's settings, which end with an empty line.
func (f *feeder) skipHead() error {
	for inHead := false; ; {
		line, err := f.in.ReadString('\n')
		switch {
		case err != nil:
			return fmt.Errorf("%w: pg_restore printed nothing that it could be read from: %w", ErrArchive, err)
		case strings.HasPrefix(line, headBegins):
			inHead = true
		case inHead && line == "\n":
			return nil
		}
	}
}

// atStart reports whether a line begins a statement: it is behind an empty one, and in no statement's string.
func (f *feeder) atStart() bool {
	text := f.pending.String()
	return text == "" || strings.HasSuffix(text, "\n\n") && complete(text)
}

// send runs the statements that have been read.
func (f *feeder) send(ctx context.Context) error {
	text, err := renameSchema(f.pending.String(), f.r.m.Tenant.Schema, f.r.t.Schema)
	f.pending.Reset()
	if err != nil {
		return err
	}
	if err := f.pg.Exec(ctx, text).Close(); err != nil {
		return restoreError(text, err)
	}
	return nil
}

// copy runs the statements before a COPY, and the COPY with its rows. A name in it may hold the end of a line: what is
// below the last line is a tenant's data, and none of it may be taken for a statement.
func (f *feeder) copy(ctx context.Context, line string) error {
	if err := f.send(ctx); err != nil {
		return err
	}
	for !complete(line) {
		more, err := f.in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("%w: it ends within a COPY: %w", ErrArchive, io.ErrUnexpectedEOF)
		}
		line += more
	}
	if !strings.HasSuffix(line, copyEnds) {
		return archiveError("a COPY in it is not from stdin")
	}
	statement, err := renameSchema(line, f.r.m.Tenant.Schema, f.r.t.Schema)
	if err != nil {
		return err
	}
	_, err = f.pg.CopyFrom(ctx, &copiedRows{f: f, lineStart: true}, statement)
	return restoreError(statement, err)
}

// copiedRows reads the rows of one table, as CopyFrom sends them.
type copiedRows struct {
	f         *feeder
	rest      []byte // of a line that was read
	lineStart bool   // the next byte is a line's first
	done      bool
}

// progressEvery is after how many rows progress is told, at the latest at the end of a table.
const progressEvery = 1000

// Read implements io.Reader. Rows that end without their \. are an error, so that a COPY that was cut short fails.
func (r *copiedRows) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.done {
			return 0, io.EOF
		}
		part, err := r.f.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return 0, fmt.Errorf("%w: it ends among rows: %w", ErrArchive, io.ErrUnexpectedEOF)
		}
		if r.lineStart && string(part) == rowsEnd {
			r.done = true
			r.f.tell()
			continue
		}
		r.lineStart = err == nil
		if r.lineStart {
			if r.f.rows++; r.f.rows%progressEvery == 0 {
				r.f.tell()
			}
		}
		r.rest = part
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (f *feeder) tell() {
	if f.r.progress != nil {
		f.r.progress(f.rows)
	}
}

// restoreError says which object of the archive a server's error is about: pg_restore prints that in front of each.
func restoreError(text string, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	const name = "\n-- Name: "
	if before := text[:byteAt(text, int(pg.Position))]; strings.Contains(before, name) {
		what := before[strings.LastIndex(before, name)+len(name):]
		what, _, _ = strings.Cut(what, "; Schema:")
		return fmt.Errorf("%w: %s: %w", ErrArchive, what, err)
	}
	return fmt.Errorf("%w: %w", ErrArchive, err)
}

// byteAt returns the offset of the character at position, from 1; 0 is none.
func byteAt(text string, position int) int {
	for i := range text {
		if position--; position <= 0 {
			return i
		}
	}
	return len(text)
}
