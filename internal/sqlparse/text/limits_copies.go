package text

const (
	copiesCap     = 1 << 24 // above every setting of MaxTokens, and safe to multiply
	bytesPerToken = 16      // a copied text of that length weighs as much as a token
)

// comma ends an element of the list in the innermost bracket.
func (d *depths) comma() {
	top := d.closeCases()
	top.separate(flagComma)
	top.commas++
	d.resume(top)
}

// targets returns how many columns the bracket lists, if it can be the left side of an assignment.
func (l *level) targets() int {
	if l.seen&flagTarget == 0 {
		return 1
	}
	return l.commas + 1
}

// assign notes "(a, b, …) =", which can be the multiple assignment of an UPDATE. There pg_query writes the right side
// out once for each column, so n columns nested k deep take nᵏ copies, and a literal is copied too.
func (d *depths) assign(top *level) {
	top.copies = min(top.copies*int64(d.items), copiesCap)
}

// resume ends an assignment: what follows at this level is as frequent as the bracket itself.
func (d *depths) resume(top *level) {
	top.copies = 1
	if d.open > 0 {
		top.copies = d.at(d.open - 1).copies
	}
}

// weight is what a token adds to the count that MaxTokens bounds.
func (d *depths) weight(t Token) int64 {
	w := int64(1)
	if t.Kind == TokenWord || t.Kind == TokenQuoted {
		w = 2
	}
	if copies := d.top().copies; copies > 1 {
		return copies * (w + int64(t.End-t.Start)/bytesPerToken)
	}
	return w
}
