package sqlparse

// Tokens is what the words of a plpgsql body tell without its grammar, which pg_query reads in part only: names behind
// which a bracket opens, pairs of names with a dot between them, and the words that statements begin with. A pair may be a
// variable's field or a table's column as well as a table in a schema; a word before a bracket may be a table or a keyword.
type Tokens struct {
	Calls  []Function // with Name and Offset only
	Pairs  []Column   // Schema is the first, Name the second
	Starts []Word
}

// Word is an unquoted word in lower case.
type Word struct {
	Text   string
	Offset int
}

// startsBehind are the words after which plpgsql expects a statement.
var startsBehind = map[string]bool{"begin": true, "then": true, "else": true, "loop": true}

// readTokens reads plpgsql code in one pass that is linear and does not recurse.
func readTokens(code string) (*Tokens, error) {
	found := &Tokens{}
	x := lexer{s: code}
	var name Name // the one that is being read, as far as it goes
	var at int
	dot, start := false, true
	for t := x.next(); t.kind != tokEOF; t = x.next() {
		switch t.kind {
		case tokWord, tokQuoted:
			word := identifier(code, t)
			if start && t.kind == tokWord {
				found.Starts = append(found.Starts, Word{word, t.start})
			}
			start = t.kind == tokWord && startsBehind[word]
			if dot && name.Parts > 0 {
				name = Name{Schema: name.Name, Name: word, Parts: name.Parts + 1}
				if name.Parts == 2 {
					found.Pairs = append(found.Pairs, Column{Name: name, Offset: at})
				}
			} else {
				name, at = Name{Name: word, Parts: 1}, t.start
			}
			dot = false
			continue
		case tokDot:
			dot = true
			continue
		case tokOpen:
			if name.Parts > 0 && code[t.start] == '(' {
				found.Calls = append(found.Calls, Function{Name: name, Offset: at})
			}
		}
		start = t.kind == tokSemi
		name, dot = Name{}, false
	}
	if x.fault != nil {
		return nil, x.fault
	}
	return found, nil
}

// identifier reads a word as the server does; U&"…" is not decoded.
func identifier(code string, t token) string {
	s := code[t.start:t.end]
	if t.kind == tokQuoted {
		if parts, ok := SplitName(s); ok && len(parts) == 1 {
			return parts[0]
		}
		return s
	}
	return truncate(lowerASCII(s))
}
