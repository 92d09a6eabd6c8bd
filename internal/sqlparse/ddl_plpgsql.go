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
	x := lexer{s: code}
	r := tokenReader{start: true}
	for t := x.next(); t.kind != tokEOF; t = x.next() {
		if t.kind == tokWord || t.kind == tokQuoted {
			r.word(identifier(code, t), t)
			continue
		}
		r.first = Word{}
		if t.kind == tokDot {
			r.dot = true
			continue
		}
		if t.kind == tokOpen && code[t.start] == '(' && r.name.Parts > 0 && !r.into {
			r.found.Calls = append(r.found.Calls, Function{Name: r.name, Offset: r.at})
		}
		r.start = t.kind == tokSemi
		r.name, r.dot, r.last = Name{}, false, ""
	}
	if x.fault != nil {
		return nil, x.fault
	}
	return &r.found, nil
}

// tokenReader is where readTokens stands.
type tokenReader struct {
	found    Tokens
	name     Name   // that is being read, as far as it goes
	at       int    // where it begins
	dot      bool   // a dot stands behind it
	into     bool   // INTO stands before it: what it names is a table
	last     string // the word before
	start    bool   // a statement may begin here
	declares bool   // between DECLARE and BEGIN, where names stand first
	first    Word   // the word that a statement began with, until the next token says that it is no variable
}

func (r *tokenReader) word(word string, t token) {
	if r.first.Text != "" && !r.dot {
		r.found.Starts = append(r.found.Starts, r.first)
	}
	r.first = Word{}
	bare := t.kind == tokWord && !r.dot
	switch {
	case bare && word == "declare":
		r.declares = true
	case bare && word == "begin":
		r.declares = false
	case bare && r.start && !r.declares:
		r.first = Word{word, t.start}
	}
	r.start = bare && startsBehind[word]
	if r.dot && r.name.Parts > 0 {
		r.name = Name{Schema: r.name.Name, Name: word, Parts: r.name.Parts + 1}
		if r.name.Parts == 2 {
			r.found.Pairs = append(r.found.Pairs, Column{Name: r.name, Offset: r.at})
		}
	} else {
		r.name, r.at, r.into = Name{Name: word, Parts: 1}, t.start, r.last == "into"
	}
	r.dot, r.last = false, word
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
