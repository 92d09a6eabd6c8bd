package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// readSQL returns the SQL of the arguments, of a file, or of the standard input.
func (c *cli) readSQL(file string, args []string) (string, error) {
	fromStdin := len(args) == 0 && file == "" || len(args) == 1 && args[0] == "-"
	switch {
	case file != "" && len(args) > 0:
		return "", usageError{errors.New("give SQL as arguments or in a --file, not both")}
	case file != "":
		text, err := os.ReadFile(file)
		if err != nil {
			return "", usageError{fmt.Errorf("--file: %w", err)}
		}
		return withoutBOM(text), nil
	case !fromStdin:
		return strings.Join(args, " "), nil
	case len(args) == 0 && isTerminal(c.in):
		return "",
			usageError{errors.New("there is no SQL: give it after --, in a --file, or through a pipe; docex shell asks for it")}
	}
	text, err := io.ReadAll(c.in)
	return withoutBOM(text), err
}

// readInput reads a file, or the standard input for "-".
func (c *cli) readInput(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(c.in)
	}
	return os.ReadFile(path)
}

// withoutBOM returns a file's text without the mark that some editors put at its beginning.
func withoutBOM(text []byte) string { return strings.TrimPrefix(string(text), "\ufeff") }
