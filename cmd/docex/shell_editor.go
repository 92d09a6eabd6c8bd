package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"
)

// terminalEditor reads lines from a terminal, with editing and a history. The terminal is in raw mode while a line is
// read and only then: Ctrl-C is a key there, and an interrupt everywhere else.
type terminalEditor struct {
	fd       int
	input    *ctrlCReader
	out      io.Writer
	terminal *term.Terminal
	cooked   *term.State // how the terminal was
}

// lineMax is where term.Terminal stops taking characters, without a word.
const lineMax = 4096

var errLineTooLong = fmt.Errorf("the line is too long: %d characters at most, break it, or use docex exec --file",
	lineMax-1)

func newEditor(in *os.File, out io.Writer) (*terminalEditor, error) {
	e := &terminalEditor{fd: int(in.Fd()), input: &ctrlCReader{in: in}, out: out}
	var err error
	if e.cooked, err = term.GetState(e.fd); err != nil {
		return nil, fmt.Errorf("shell: terminal: %w", err)
	}
	e.renew(nil)
	return e, nil
}

// renew makes a terminal without a line on it. term.Terminal keeps the line that Ctrl-C was pressed in.
func (e *terminalEditor) renew(history term.History) {
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{e.input, e.out}, "")
	e.terminal.AutoCompleteCallback = tabIsSpace
	if history != nil {
		e.terminal.History = history
	}
}

// tabIsSpace keeps term.Terminal from leaving tabs out, which may stand between words of a pasted text.
func tabIsSpace(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	return line[:pos] + " " + line[pos:], pos + 1, true
}

// readLine is shell.readLine.
func (e *terminalEditor) readLine(prompt string) (string, error) {
	if _, err := term.MakeRaw(e.fd); err != nil {
		return "", fmt.Errorf("shell: terminal: %w", err)
	}
	defer e.restore()
	if w, h, err := term.GetSize(e.fd); err == nil && w > 0 {
		_ = e.terminal.SetSize(w, h) // it fails with the writing, of which readLine tells
	}
	return e.edit(prompt)
}

// edit reads a line from a terminal that is in raw mode.
func (e *terminalEditor) edit(prompt string) (string, error) {
	e.terminal.SetPrompt(prompt)
	line, err := e.terminal.ReadLine()
	switch {
	case errors.Is(err, io.EOF) && e.input.took():
		e.renew(e.terminal.History)
		_, err := io.WriteString(e.out, "^C\r\n")
		return "", errors.Join(errInterrupted, err)
	case utf8.RuneCountInString(line) >= lineMax:
		return "", errLineTooLong
	}
	return line, err
}

// restore leaves raw mode.
func (e *terminalEditor) restore() { _ = term.Restore(e.fd, e.cooked) }

// ctrlCReader tells Ctrl-C from the end of the input: term.Terminal returns io.EOF for both. It ends each Read at a
// Ctrl-C, so that what was typed after it is for the next line.
type ctrlCReader struct {
	in    io.Reader
	rest  []byte
	ctrlC bool
}

func (r *ctrlCReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		buf := make([]byte, len(p))
		n, err := r.in.Read(buf)
		if n == 0 {
			return 0, err
		}
		r.rest = buf[:n]
	}
	n := min(len(p), len(r.rest))
	if i := bytes.IndexByte(r.rest[:n], 3); i >= 0 {
		n, r.ctrlC = i+1, true
	}
	copy(p, r.rest[:n])
	r.rest = r.rest[n:]
	return n, nil
}

// took reports whether a Ctrl-C was read since it was asked last.
func (r *ctrlCReader) took() bool {
	was := r.ctrlC
	r.ctrlC = false
	return was
}
