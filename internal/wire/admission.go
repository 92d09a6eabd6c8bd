package wire

import (
	"bytes"
	"errors"
	"fmt"
)

// Admission says what may leave during one operation.
type Admission interface {
	// Owner names whom the operation is for. A statement is bound only by the owner that prepared it.
	Owner() string
	// Text returns an error when a text may not be sent for the owner.
	Text(sql string) error
}

var errClosed = errors.New("docex: nothing is under way on the connection, so nothing may be sent")

var nul = []byte{0} // ends each string in a message

// contents is what the messages of one write do.
type contents struct {
	carries bool // one of them runs or prepares something
	runs    bool // one is a Query or an Execute
	ends    bool // the last one makes the server answer ReadyForQuery
	several bool // so does one before it
}

// admit looks at each message of a write. Refusals of statements come from the guard, earlier. One that comes from here
// is a mistake of docex's, or a write behind its back. Either costs the connection.
func (f *Filter) admit(p []byte) (c contents, err error) {
	size := 0
	for kind, body := range messages(p) {
		size += headerLen + len(body)
		c.several = c.several || c.ends
		c.ends = kind == 'Q' || kind == 'S'
		c.runs = c.runs || kind == 'Q' || kind == 'E'
		switch kind {
		case 'S', 'H': // Sync, Flush
			continue
		case 'C': // Close
			if len(body) > 1 && body[0] == 'S' { // of a statement, not of a portal
				delete(f.owners, string(bytes.TrimSuffix(body[1:], nul)))
			}
			continue
		}
		c.carries = true
		if f.admission == nil {
			return c, errClosed
		}
		if err := f.admitMessage(kind, body); err != nil {
			return c, err
		}
	}
	if size != len(p) {
		return c, errPartial
	}
	return c, nil
}

// admitMessage checks what texts a message brings and what statements it names (PostgreSQL manual, 55.7).
func (f *Filter) admitMessage(kind byte, body []byte) error {
	switch kind {
	case 'D', 'E': // Describe, Execute: of what was admitted by a Parse or a Bind
		return nil
	case 'Q':
		text, ok := bytes.CutSuffix(body, nul)
		if !ok {
			return errPartial
		}
		return f.admission.Text(string(text)) // with a NUL in it, if there is one: the server refuses that
	case 'P':
		name, rest, _ := bytes.Cut(body, nul)
		text, _, ok := bytes.Cut(rest, nul)
		if !ok {
			return errPartial
		}
		if err := f.admission.Text(string(text)); err != nil {
			return err
		}
		f.parsed = string(name)
		f.owners[f.parsed] = f.admission.Owner()
		return nil
	case 'B':
		_, rest, _ := bytes.Cut(body, nul) // the portal
		name, _, ok := bytes.Cut(rest, nul)
		if !ok {
			return errPartial
		}
		if owner, known := f.owners[string(name)]; !known || owner != f.admission.Owner() {
			return fmt.Errorf("docex: statement %q was not prepared for whom the connection works", name)
		}
		return nil
	default: // FunctionCall among them
		return fmt.Errorf("docex: a message of type %q runs what nobody has checked", kind)
	}
}
