package text

// keyword is what an unquoted word means to the estimate of a tree's depth.
type keyword uint8

const (
	kwNone   keyword = iota // any other word, keyword or name
	kwClause                // SELECT WHERE HAVING ON USING RETURNING
	kwWhen                  // WHEN THEN ELSE
	kwUnion                 // UNION INTERSECT EXCEPT
	kwAnd
	kwBetween
	kwCase
	kwDistinct
	kwEnd
	kwFrom
	kwJoin
	kwOr
	kwSet
)

// keywordOf classifies a word as PostgreSQL does: ASCII letters fold, nothing else does.
func keywordOf(w string) keyword {
	switch len(w) {
	case 2:
		return pick(w, "or", kwOr, "on", kwClause)
	case 3:
		if k := pick(w, "and", kwAnd, "end", kwEnd); k != kwNone {
			return k
		}
		return pick(w, "set", kwSet, "", kwNone)
	case 4:
		return keyword4(w)
	case 5:
		if k := pick(w, "where", kwClause, "union", kwUnion); k != kwNone {
			return k
		}
		return pick(w, "using", kwClause, "", kwNone)
	case 6:
		if k := pick(w, "select", kwClause, "except", kwUnion); k != kwNone {
			return k
		}
		return pick(w, "having", kwClause, "", kwNone)
	case 7:
		return pick(w, "between", kwBetween, "", kwNone)
	case 8:
		return pick(w, "distinct", kwDistinct, "", kwNone)
	case 9:
		return pick(w, "intersect", kwUnion, "returning", kwClause)
	}
	return kwNone
}

func keyword4(w string) keyword {
	switch w[0] | 0x20 {
	case 'f':
		return pick(w, "from", kwFrom, "", kwNone)
	case 'j':
		return pick(w, "join", kwJoin, "", kwNone)
	case 'c', 'e':
		return pick(w, "case", kwCase, "else", kwWhen)
	case 'w', 't':
		return pick(w, "when", kwWhen, "then", kwWhen)
	}
	return kwNone
}

// pick returns the keyword whose lower-case spelling w folds to.
func pick(w, a string, ka keyword, b string, kb keyword) keyword {
	if foldsTo(w, a) {
		return ka
	}
	if foldsTo(w, b) {
		return kb
	}
	return kwNone
}

// foldsTo reports whether w is lower, which has letters only, in some ASCII case.
func foldsTo(w, lower string) bool {
	if len(w) != len(lower) {
		return false
	}
	for i := range len(w) {
		if c := w[i]; c != lower[i] && (c|0x20 != lower[i] || c < 'A') {
			return false
		}
	}
	return true
}
