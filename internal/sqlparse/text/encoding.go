package text

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// EncodingError says that a text is no valid input for PostgreSQL: it holds a NUL byte, where the parser would stop and
// the server would not, or is not UTF-8.
type EncodingError struct {
	Offset int
	NUL    bool
}

func (e *EncodingError) Error() string {
	if e.NUL {
		return fmt.Sprintf("sqlparse: NUL byte at offset %d", e.Offset)
	}
	return fmt.Sprintf("sqlparse: invalid UTF-8 at offset %d", e.Offset)
}

// CheckEncoding returns nil or an *[EncodingError]. It comes before anything else that reads a text: the parser is C
// and takes a NUL for the end.
func CheckEncoding(sql string) error {
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return &EncodingError{Offset: i, NUL: true}
	}
	if utf8.ValidString(sql) {
		return nil
	}
	for i, r := range sql {
		if r == utf8.RuneError && !strings.HasPrefix(sql[i:], "\uFFFD") {
			return &EncodingError{Offset: i}
		}
	}
	return &EncodingError{}
}
