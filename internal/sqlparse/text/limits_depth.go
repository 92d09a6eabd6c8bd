package text

// The estimate of a parse tree's depth, in levels: one level is one protobuf message of pg_query's output, two of which
// (Node and the node itself) make a step from an expression to its operand. What must hold is that the estimate is
// never below the real depth of a text that parses; TestEstimateCoversTree checks it on generated statements.
//
// A stretch of text between two brackets gets every operator, keyword and unquoted name in it counted as two levels:
// each construct that can be repeated to build depth (a prefix, a postfix, a binary operator) brings at least one of
// them for each level of nodes, so no table of operators is needed, and a new one could not be missing from it.
// Brackets closed in the stretch add the depth of the deepest of them.
//
// That alone would refuse long lists, so separators end a stretch: the tree beneath one side of a comma does not hold
// the other side. A separator forgets the words in front of it, so for each kind of separator seen the bracket is
// charged what such words can have built (the flags below). Only reserved words separate (others can be function names,
// which belong to an expression), and only where no expression spans them:
//   - AND and OR: PostgreSQL makes one flat list of a chain of either, and nothing binds looser. The exception is the
//     AND of BETWEEN, which has an expression around it.
//   - FROM, except that of IS DISTINCT FROM.
//   - SELECT, WHERE, HAVING, ON, USING, RETURNING, and WHEN, THEN and ELSE.
//   - UNION, INTERSECT, EXCEPT and JOIN build chains themselves, left-deep over everything before them, so they are
//     counted for the whole bracket whatever separates them.
//
// A word after a point, as in x.from, is a name. A keyword used as a label (SELECT 1 AS from) stands at the end of an
// expression, where a separator does no harm; "AS case" is the one that would (see closeCases).
const (
	costLink   = 2  // an operator, word or keyword
	costUnion  = 1  // UNION and its like: SelectStmt in SelectStmt, without a Node between
	costOpen   = 2  // any bracket: a call, a row, an array
	costIndex  = 2  // more for [ ]: A_Indirection and A_Indices
	costList   = 6  // a comma seen: SubLink, SelectStmt and SortBy, at most
	costBool   = 2  // AND seen, OR seen
	costClause = 8  // another separator seen: SubLink, SelectStmt, RangeFunction, List, at most
	costRoot   = 16 // the statement around, EXPLAIN or CREATE VIEW, and the leaf at the end of a path
)

type flags uint8

const (
	flagCase    flags = 1 << iota // the level is a CASE, not a bracket
	flagIndex                     // [
	flagComma                     // a comma, WHEN, THEN or ELSE was seen
	flagAnd                       // AND was seen
	flagOr                        // OR was seen
	flagClause                    // another separator was seen
	flagBetween                   // the next AND belongs to BETWEEN
	flagTarget                    // the bracket stands where an UPDATE can list columns: after SET or a comma
)

// level is what is known about one open bracket, or about the statement for the outermost.
type level struct {
	run     int // links since the last separator
	child   int // the deepest bracket closed since the last separator
	deepest int // the most that run+child came to before the last separator
	spine   int // links that no separator ends
	commas  int
	copies  int64 // how often the tree holds what comes next; see assign
	seen    flags
}

func (l *level) separate(why flags) {
	l.deepest = max(l.deepest, l.run+l.child)
	l.run, l.child = 0, 0
	l.seen |= why
}

func (l *level) depth() int {
	d := costOpen + l.spine + max(l.deepest, l.run+l.child)
	if l.seen&flagIndex != 0 {
		d += costIndex
	}
	if l.seen&flagComma != 0 {
		d += costList
	}
	if l.seen&flagAnd != 0 {
		d += costBool
	}
	if l.seen&flagOr != 0 {
		d += costBool
	}
	if l.seen&flagClause != 0 {
		d += costClause
	}
	return d
}
