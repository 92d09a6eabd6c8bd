package guard

// Limits bounds the size and the depth of the texts that are parsed. The parser is C: a text that is too deep would
// overflow its stack and end the process, and some texts would take it minutes. What exceeds a limit is refused with
// [RuleLimit] before the parser sees it.
//
// A field that is 0 takes its default. The defaults are safe on every stack in use. [New] refuses a negative field, and
// one above its maximum. Higher values than the defaults cost time and memory in proportion.
type Limits struct {
	// MaxBytes is the length of the longest text, in bytes. Default 4,194,304 (4 MiB), maximum 67,108,864 (64 MiB).
	MaxBytes int
	// MaxTokens is the number of words and signs in the largest text. Names and keywords count twice. 65,535 parameters
	// in rows of two count 197,000. Default 500,000, maximum 4,000,000.
	MaxTokens int
	// MaxDepth is the number of brackets and CASE expressions open at one place. Default 200, maximum 2,000.
	MaxDepth int
	// MaxChain is the number of levels that the parse tree may have, estimated from above. Operators, joins, set
	// operations and brackets make levels. Elements of a list and terms of one chain of AND or OR make none. The
	// default lets 230 JOINs, 450 UNIONs or 75 columns and separators joined by || pass. Default 500, maximum 4,000.
	// Each level takes about 200 bytes of C stack. New refuses more levels than the threads of this process can hold.
	MaxChain int
}
