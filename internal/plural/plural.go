// Package plural puts numbers into sentences. The entry points are [Count] and [Verb].
package plural

import (
	"strconv"
	"strings"
)

// Count returns a number and what there is of that. The noun is in the singular. It may be a word of PostgreSQL's, such
// as index or operator family.
func Count[N int | int64](n N, noun string) string {
	if n != 1 {
		noun = many(noun)
	}
	return strconv.FormatInt(int64(n), 10) + " " + noun
}

func many(noun string) string {
	stem, y := strings.CutSuffix(noun, "y")
	switch {
	case y:
		return stem + "ies"
	case strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ss"):
		return noun + "es"
	case strings.HasSuffix(noun, "s"):
		return noun
	}
	return noun + "s"
}

// Verb returns a number and what so many do: the verb with an s for 1, and as it stands for every other number.
func Verb[N int | int64](n N, verb string) string {
	if n == 1 {
		verb += "s"
	}
	return strconv.FormatInt(int64(n), 10) + " " + verb
}
