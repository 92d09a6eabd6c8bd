package text

import "strings"

// Name is a name after it was folded, unescaped and truncated. Parts counts what was written: 1 is unqualified, 2 has a
// Schema, 3 has a Catalog (database), more is no valid name.
type Name struct {
	Catalog, Schema, Name string
	Parts                 int
}

// String returns the name with dots, for people.
func (n Name) String() string {
	parts := make([]string, 0, 3)
	for _, p := range []string{n.Catalog, n.Schema, n.Name} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ".")
}

// SplitName reads a constant as PostgreSQL does where a string names an object (regclass input,
// textToQualifiedNameList): dots separate, blanks around parts are skipped, unquoted parts fold to lower case, quoted
// ones keep it, each part is truncated. A string of digits is a number (an OID) to the server and "-" no object, so
// neither is a name here.
func SplitName(constant string) (parts []string, ok bool) {
	rest := strings.TrimLeft(constant, nameBlanks)
	if strings.Trim(rest, "0123456789"+nameBlanks) == "" || strings.TrimRight(rest, nameBlanks) == "-" {
		return nil, false
	}
	for {
		var part string
		if part, rest, ok = namePart(rest); !ok {
			return nil, false
		}
		parts = append(parts, truncate(part))
		rest = strings.TrimLeft(rest, nameBlanks)
		if rest == "" {
			return parts, true
		}
		if rest[0] != '.' {
			return nil, false
		}
		rest = strings.TrimLeft(rest[1:], nameBlanks)
	}
}

// nameBlanks is what scanner_isspace accepts; a vertical tab counts on newer servers only, so it never does here.
const nameBlanks = " \t\n\r\f"

// namePart reads one part off the front.
func namePart(s string) (part, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, "."+nameBlanks)
		if end < 0 {
			end = len(s)
		}
		return Fold(s[:end]), s[end:], end > 0 && !strings.ContainsAny(s[:end], "\"\v")
	}
	var b strings.Builder
	for s = s[1:]; ; {
		end := strings.IndexByte(s, '"')
		if end < 0 {
			return "", "", false
		}
		b.WriteString(s[:end])
		s = s[end+1:]
		if !strings.HasPrefix(s, `"`) {
			return b.String(), s, b.Len() > 0
		}
		b.WriteByte('"')
		s = s[1:]
	}
}

// Fold returns an unquoted name as PostgreSQL stores it: ASCII letters in lower case, all others as they are.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// truncate cuts a name at 63 bytes, before a character that would not fit.
func truncate(s string) string {
	if len(s) <= 63 {
		return s
	}
	end := 0
	for i := range s {
		if i > 63 {
			break
		}
		end = i
	}
	return s[:end]
}
