// Package text reads SQL text without a grammar: where its strings, names, comments and operators begin and end, how
// deep and how large a parse tree it can have, and what its words tell. Package sqlparse stands on it, and so does what
// only has to find its way in a text. [CheckLimits] is the entry point for what comes in front of the parser, [Scanner]
// for readers of scripts.
//
// Promise: every function takes linear time, does not recurse and does not panic, whatever the text is. Nothing here
// needs cgo, so hostile input can be tried without the C parser. Borders are those of PostgreSQL with
// standard_conforming_strings on; the tests of package sqlparse hold them against PostgreSQL's own lexer.
//
// Not promised: that a text is SQL.
package text
