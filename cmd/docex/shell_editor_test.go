package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// keys returns an editor at which these keys are typed.
func keys(typed string) *terminalEditor {
	e := &terminalEditor{input: &ctrlCReader{in: strings.NewReader(typed)}, out: io.Discard}
	e.renew(nil)
	return e
}

func TestEditor(t *testing.T) {
	const up = "\x1b[A"
	type read struct {
		line string
		err  error
	}
	for typed, want := range map[string][]read{
		"one\rtwo\r":              {{"one", nil}, {"two", nil}, {"", io.EOF}},
		"one\x03two\r":            {{"", errInterrupted}, {"two", nil}},
		"\x03\x03\x04":            {{"", errInterrupted}, {"", errInterrupted}, {"", io.EOF}},
		"one\rtw\x03" + up + "\r": {{"one", nil}, {"", errInterrupted}, {"one", nil}},
		"a\tb\r":                  {{"a b", nil}},
		strings.Repeat("x", lineMax+5) + "\rone\r": {{"", errLineTooLong}, {"one", nil}},
		strings.Repeat("ü", lineMax-1) + "\r":      {{strings.Repeat("ü", lineMax-1), nil}},
	} {
		e := keys(typed)
		for i, w := range want {
			if line, err := e.edit("> "); line != w.line || !errors.Is(err, w.err) {
				t.Errorf("%.20q: line %d: got %.20q, %v, want %.20q, %v", typed, i+1, line, err, w.line, w.err)
			}
		}
	}
}
