package text

import "fmt"

// Default limits. The parser and the code that copies its tree out are C: they recurse on the thread's stack, where an
// overflow kills the process and recover never sees it, and their lexer is quadratic on some inputs. So a text is
// measured first, in one pass that is linear and does not recurse. The figures below are from pg_query_go 5.1.0, gcc
// 12, amd64. In package sqlparse TestAtLimits and TestFlatAtLimits run the real parser at the limits, and
// BenchmarkParseAtLimits has the times.
const (
	// DefaultMaxBytes bounds the text: 4 MiB, four times the largest literal that DESIGN section 5 asks for. Bytes are
	// cheap to parse (8 MB in one literal: 0.08 s, 54 MB); it is copies of the text that they cost.
	DefaultMaxBytes = 4 << 20
	// DefaultMaxTokens bounds what the parser allocates. Names and keywords count twice, since most become nodes of
	// their own. 65,535 parameters in rows of two count 197,000; 10,000 rows of 20 literals 420,000. The worst
	// statements of that size ("(TABLE a),…") take about 1 s and 230 MB to parse.
	DefaultMaxTokens = 500_000
	// DefaultMaxDepth bounds open brackets and CASE expressions.
	DefaultMaxDepth = 200
	// DefaultMaxChain bounds the levels of the parse tree, as estimated from above by brackets and links together. One
	// level takes 190 bytes of stack, so 500 take 95 KB: that fits the smallest default thread stack in use, musl's 128
	// KB. About 75 columns and separators joined by ||, 450 UNIONs or 230 JOINs fit; lists and AND/OR have no part in
	// it.
	DefaultMaxChain = 500
)

// Bounds that no setting changes: no honest statement comes near.
const (
	// maxComments is the longest row of comments with no token between them. pg_query's lexer calls itself once for
	// each; gcc and clang turn that into a jump only when they optimise.
	maxComments = 2000
	// maxRunStarts is how many tokens may start in one unbroken run of operator characters, as in "+-+-1" or
	// "/**//**/".
	maxRunStarts = 32
	// maxRunBytes is the longest such run; the lines of asterisks around a comment are the longest in use.
	maxRunBytes = 1024
)

// Ceilings for settings. Beyond them the promises of [CheckLimits] were never measured.
const (
	ceilingBytes  = 64 << 20
	ceilingTokens = 4_000_000
	ceilingDepth  = 2000
	ceilingChain  = 4000 // protobuf-go refuses more than 10,000 nested messages
)

// Limits bounds the size and the shape of a statement. A field that is 0 takes the default of the same name. Higher
// settings than the defaults cost time and memory in proportion, and MaxChain costs stack: see sqlparse.ValidateLimits.
// guard.Limits is the same for users.
type Limits struct {
	MaxBytes  int // length of the text, in bytes; default [DefaultMaxBytes]
	MaxTokens int // tokens, names and keywords counting twice; default [DefaultMaxTokens]
	MaxDepth  int // open brackets and CASE expressions; default [DefaultMaxDepth]
	MaxChain  int // levels of the parse tree; default [DefaultMaxChain]
}

// Validate returns an error when a field is negative or above its ceiling. CheckLimits does not call it: a
// configuration is checked once.
func (l Limits) Validate() error {
	for _, f := range []struct {
		name         string
		set, ceiling int
	}{
		{"MaxBytes", l.MaxBytes, ceilingBytes},
		{"MaxTokens", l.MaxTokens, ceilingTokens},
		{"MaxDepth", l.MaxDepth, ceilingDepth},
		{"MaxChain", l.MaxChain, ceilingChain},
	} {
		if f.set < 0 {
			return fmt.Errorf("%s is negative: %d", f.name, f.set)
		}
		if f.set > f.ceiling {
			return fmt.Errorf("%s is %d, the most is %d", f.name, f.set, f.ceiling)
		}
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	set(&l.MaxBytes, DefaultMaxBytes)
	set(&l.MaxTokens, DefaultMaxTokens)
	set(&l.MaxDepth, DefaultMaxDepth)
	set(&l.MaxChain, DefaultMaxChain)
	return l
}

// LimitError says which limit a text exceeds, and where.
type LimitError struct {
	Limit  string // "bytes", "tokens", "nesting" (MaxDepth), "chain", "comments", "operators" or "operator-run"
	Offset int    // of the first byte beyond the limit, as far as the pass can tell
	Max    int    // the limit in force
}

// limitHelp tells a reader what each limit counts.
var limitHelp = map[string]string{
	"bytes":        "bytes in all",
	"tokens":       "tokens (names and keywords count twice)",
	"nesting":      "open brackets and CASE expressions",
	"chain":        "levels of expression (operators, joins, set operations and brackets inside one another)",
	"comments":     "comments in a row",
	"operators":    "operators or comments without a space between them",
	"operator-run": "operator characters without a space between them",
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("sqlparse: statement exceeds the limit %q at offset %d: more than %d %s",
		e.Limit, e.Offset, e.Max, limitHelp[e.Limit])
}

// CheckLimits returns nil when it is safe to let the C parser see sql, and a *[LimitError] when it is not. It is linear
// in len(sql), does not recurse, and allocates nothing for a statement that it accepts with fewer than 32 open
// brackets.
//
// Promise, for default limits: no accepted text makes pg_query's Parse or Scan overflow a stack of 128 KiB, take 2 s or
// take 1 GB. Measured on amd64 with the C code optimised as cgo does it. sqlparse.ValidateLimits refuses to start where
// the stack is too small for the code as it was compiled. Safe for concurrent use.
//
// Not promised: that an accepted text is SQL, or anything about pg_query's other functions.
func CheckLimits(sql string, l Limits) error {
	l = l.withDefaults()
	if len(sql) > l.MaxBytes {
		return &LimitError{Limit: "bytes", Offset: l.MaxBytes, Max: l.MaxBytes}
	}
	if _, fault := measure(sql, l); fault != nil {
		return fault
	}
	return nil
}

// size is what the pass finds out about a text.
type size struct {
	depth  int   // of the parse tree, estimated from above
	weight int64 // what MaxTokens bounds
}

// measure runs the pass.
func measure(sql string, l Limits) (size, *LimitError) {
	d := newDepths(l)
	x := lexer{s: sql}
	var n size
	for t := x.next(); t.Kind != TokenEOF; t = x.next() {
		if n.weight += d.weight(t); n.weight > int64(l.MaxTokens) {
			return n, &LimitError{Limit: "tokens", Offset: t.Start, Max: l.MaxTokens}
		}
		if limit, most := d.add(t, sql); limit != "" {
			return n, &LimitError{Limit: limit, Offset: t.Start, Max: most}
		}
	}
	if x.fault != nil {
		return n, x.fault
	}
	if n.depth = d.finish(); n.depth > l.MaxChain {
		return n, &LimitError{Limit: "chain", Offset: len(sql), Max: l.MaxChain}
	}
	return n, nil
}
