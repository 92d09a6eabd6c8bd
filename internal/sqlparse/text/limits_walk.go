package text

// depths adds up the levels of a text, token by token. Level 0 is the statement, level open the innermost bracket. The
// first levels lie in the struct, so that an ordinary statement allocates nothing.
type depths struct {
	open   int
	room   [32]level
	more   []level
	limits Limits
	most   int // the deepest statement before the last top-level semicolon
	after  after
	items  int // columns that the bracket closed last can list for an assignment
}

func newDepths(l Limits) depths {
	d := depths{limits: l}
	d.room[0].copies = 1
	return d
}

func (d *depths) at(i int) *level {
	if i < len(d.room) {
		return &d.room[i]
	}
	return &d.more[i-len(d.room)]
}

func (d *depths) top() *level { return d.at(d.open) }

// after is what the token before means to a keyword.
type after uint8

const (
	afterOther after = iota
	afterDot
	afterDistinct
	afterClose
	afterComma
	afterSet
)

// add takes the next token. It returns the name and value of the limit exceeded, or "".
func (d *depths) add(t Token, sql string) (string, int) {
	before := d.after
	d.after = afterOther
	top := d.top()
	switch t.Kind {
	case TokenDot:
		d.after = afterDot
		return "", 0
	case TokenLiteral, TokenQuoted, TokenOther:
		return "", 0
	case TokenOp:
		top.run += costLink
		if before == afterClose && t.End-t.Start == 1 && sql[t.Start] == '=' {
			d.assign(top)
		}
	case TokenWord:
		if before != afterDot {
			d.word(keywordOf(sql[t.Start:t.End]), before)
		}
	case TokenOpen:
		d.push(openFlags(sql[t.Start], before))
	case TokenClose:
		d.items = d.closeCases().targets()
		d.close()
		d.after = afterClose
	case TokenComma:
		d.comma()
		d.after = afterComma
	case TokenSemi:
		d.semicolon()
	}
	return d.exceeded()
}

func openFlags(c byte, before after) flags {
	var f flags
	if c == '[' {
		f = flagIndex
	}
	if before == afterComma || before == afterSet {
		f |= flagTarget
	}
	return f
}

func (d *depths) exceeded() (string, int) {
	if d.open > d.limits.MaxDepth {
		return "nesting", d.limits.MaxDepth
	}
	if d.top().depth()+costRoot > d.limits.MaxChain {
		return "chain", d.limits.MaxChain
	}
	return "", 0
}

func (d *depths) word(k keyword, before after) {
	top := d.top()
	switch k {
	case kwCase:
		d.push(flagCase)
	case kwEnd:
		if top.seen&flagCase != 0 {
			d.close()
		}
	case kwWhen:
		top.separate(flagComma)
	case kwOr:
		top.separate(flagOr)
	case kwAnd:
		if top.seen&flagBetween == 0 {
			top.separate(flagAnd)
			return
		}
		top.seen &^= flagBetween
		top.run += costLink
	case kwBetween:
		top.seen |= flagBetween
		top.run += costLink
	case kwDistinct:
		d.after = afterDistinct
		top.run += costLink
	case kwJoin:
		top.spine += costLink
	case kwUnion:
		d.clause().spine += costUnion
	case kwSet:
		d.after = afterSet
		top.run += costLink
	case kwFrom:
		if before == afterDistinct {
			top.run += costLink
			return
		}
		d.clause()
	case kwClause:
		d.clause()
	default:
		top.run += costLink
	}
}

// clause begins a new clause in the innermost bracket and returns its level.
func (d *depths) clause() *level {
	top := d.closeCases()
	top.separate(flagClause)
	d.resume(top)
	return top
}

// push begins a bracket or a CASE.
func (d *depths) push(seen flags) {
	inner := level{seen: seen, copies: d.top().copies}
	if d.open++; d.open < len(d.room) {
		d.room[d.open] = inner
		return
	}
	d.more = append(d.more[:d.open-len(d.room)], inner)
}

// pop ends the innermost bracket or CASE and returns its depth.
func (d *depths) pop() int {
	depth := d.top().depth()
	d.open--
	return depth
}

// close ends the innermost bracket or CASE. A stray closing bracket is an error of the parser.
func (d *depths) close() {
	if d.open > 0 {
		depth := d.pop()
		d.top().child = max(d.top().child, depth)
	}
}

// closeCases ends every CASE that the innermost bracket still has open, at a token that cannot stand inside one, and
// returns that bracket's level. Such a CASE was none: it was a label ("SELECT 1 AS case, …"). What was counted inside
// it belongs to the level around, and may be a chain over what came before it there, so the two are added.
func (d *depths) closeCases() *level {
	for d.top().seen&flagCase != 0 {
		depth := d.pop()
		d.top().spine += depth
	}
	return d.top()
}

// semicolon ends a statement, or an action of CREATE RULE between brackets.
func (d *depths) semicolon() {
	top := d.closeCases()
	if d.open > 0 {
		top.separate(flagComma)
		return
	}
	d.most = max(d.most, top.depth()+costRoot)
	*top = level{copies: 1}
}

// finish returns the estimate for the whole text.
func (d *depths) finish() int {
	for d.closeCases(); d.open > 0; d.closeCases() {
		d.close()
	}
	return max(d.most, d.top().depth()+costRoot)
}
