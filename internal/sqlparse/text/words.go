package text

// Words is what the words of plpgsql code tell without its grammar, which the parser reads in part only. A pair may be
// a variable's field or a table's column as well as a table in a schema. A word before a bracket may be a table or a
// keyword.
type Words struct {
	Calls  []PlacedName // names behind which a bracket opens
	Pairs  []PlacedName // names with a dot between them: Schema is the first, Name the second
	Starts []Word       // the words that statements begin with
}

// PlacedName is a name and the offset at which it begins.
type PlacedName struct {
	Name
	Offset int
}

// Word is an unquoted word in lower case.
type Word struct {
	Text   string
	Offset int
}

// startsBehind are the words after which plpgsql expects a statement.
var startsBehind = map[string]bool{"begin": true, "then": true, "else": true, "loop": true}

// WordsOf reads plpgsql code in one pass that is linear and does not recurse. The error is a *[LimitError].
func WordsOf(code string) (*Words, error) {
	x := lexer{s: code}
	r := wordReader{start: true}
	for t := x.next(); t.Kind != TokenEOF; t = x.next() {
		if t.Kind == TokenWord || t.Kind == TokenQuoted {
			r.word(identifier(code, t), t)
			continue
		}
		r.first = Word{}
		if t.Kind == TokenDot {
			r.dot = true
			continue
		}
		if t.Kind == TokenOpen && code[t.Start] == '(' && r.name.Parts > 0 && !r.into {
			r.found.Calls = append(r.found.Calls, PlacedName{Name: r.name, Offset: r.at})
		}
		r.start = t.Kind == TokenSemi
		r.name, r.dot, r.last = Name{}, false, ""
	}
	if x.fault != nil {
		return nil, x.fault
	}
	return &r.found, nil
}

// wordReader is where WordsOf stands.
type wordReader struct {
	found    Words
	name     Name   // that is being read, as far as it goes
	at       int    // where it begins
	dot      bool   // a dot stands behind it
	into     bool   // INTO stands before it: what it names is a table
	last     string // the word before
	start    bool   // a statement may begin here
	declares bool   // between DECLARE and BEGIN, where names stand first
	first    Word   // the word that a statement began with, until the next token says that it is no variable
}

func (r *wordReader) word(word string, t Token) {
	if r.first.Text != "" && !r.dot {
		r.found.Starts = append(r.found.Starts, r.first)
	}
	r.first = Word{}
	bare := t.Kind == TokenWord && !r.dot
	switch {
	case bare && word == "declare":
		r.declares = true
	case bare && word == "begin":
		r.declares = false
	case bare && r.start && !r.declares:
		r.first = Word{word, t.Start}
	}
	r.start = bare && startsBehind[word]
	if r.dot && r.name.Parts > 0 {
		r.name = Name{Schema: r.name.Name, Name: word, Parts: r.name.Parts + 1}
		if r.name.Parts == 2 {
			r.found.Pairs = append(r.found.Pairs, PlacedName{Name: r.name, Offset: r.at})
		}
	} else {
		r.name, r.at, r.into = Name{Name: word, Parts: 1}, t.Start, r.last == "into"
	}
	r.dot, r.last = false, word
}

// identifier reads a word as the server does; U&"…" is not decoded.
func identifier(code string, t Token) string {
	s := code[t.Start:t.End]
	if t.Kind == TokenQuoted {
		if parts, ok := SplitName(s); ok && len(parts) == 1 {
			return parts[0]
		}
		return s
	}
	return truncate(Fold(s))
}
