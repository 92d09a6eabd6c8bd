package guard

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// glyph is a character as a terminal shows it.
type glyph struct {
	text  string
	cells int // columns that it takes
}

// cost is what a glyph counts towards the length of an excerpt: marks take no column, but there may be thousands.
func (g glyph) cost() int { return max(1, g.cells) }

// glyphOf returns how to show a character, or the byte that raw is when it is not UTF-8. Characters that do something
// to a terminal, cannot be seen, or take a number of columns that depends on the terminal are written as <U+00A0>.
func glyphOf(r rune, raw string) glyph {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return spelled("<0x%02X>", rune(raw[0]))
	case r == '\t':
		return glyph{" ", 1}
	case !unicode.IsPrint(r) || unicode.Is(unicode.Mc, r) || unicode.Is(uncertain, r):
		return spelled("<U+%04X>", r)
	case unicode.In(r, unicode.Mn, unicode.Me):
		return glyph{raw, 0}
	case unicode.Is(wide, r):
		return glyph{raw, 2}
	}
	return glyph{raw, 1}
}

func spelled(format string, r rune) glyph {
	s := fmt.Sprintf(format, r)
	return glyph{s, len(s)}
}

// wide are the characters of two columns: East Asian Width W and F of Unicode, without those in uncertain.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115E, Stride: 1}, // Hangul initials
		{Lo: 0x2E80, Hi: 0x303E, Stride: 1}, // radicals, CJK punctuation
		{Lo: 0x3041, Hi: 0x4DBF, Stride: 1}, // kana, CJK
		{Lo: 0x4E00, Hi: 0xA4CF, Stride: 1}, // CJK, Yi
		{Lo: 0xA960, Hi: 0xA97C, Stride: 1}, // Hangul initials
		{Lo: 0xAC00, Hi: 0xD7A3, Stride: 1}, // Hangul
		{Lo: 0xF900, Hi: 0xFAFF, Stride: 1}, // CJK
		{Lo: 0xFE10, Hi: 0xFE19, Stride: 1}, // vertical forms
		{Lo: 0xFE30, Hi: 0xFE6F, Stride: 1}, // compatibility and small forms
		{Lo: 0xFF01, Hi: 0xFF60, Stride: 1}, // full width forms
		{Lo: 0xFFE0, Hi: 0xFFE6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x16FE0, Hi: 0x18DFF, Stride: 1}, // Tangut, Khitan
		{Lo: 0x1B000, Hi: 0x1B2FF, Stride: 1}, // kana
		{Lo: 0x20000, Hi: 0x3FFFD, Stride: 1}, // CJK
	},
}

// uncertain are characters that terminals disagree about: right-to-left scripts, which move what is beside them, emoji,
// and what joins or vanishes.
var uncertain = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0590, Hi: 0x08FF, Stride: 1}, // Hebrew, Arabic, Syriac
		{Lo: 0x115F, Hi: 0x11FF, Stride: 1}, // Hangul vowels and finals
		{Lo: 0x2300, Hi: 0x2BFF, Stride: 1}, // symbols, some of them emoji
		{Lo: 0x3164, Hi: 0x3164, Stride: 1}, // Hangul filler
		{Lo: 0x4DC0, Hi: 0x4DFF, Stride: 1}, // hexagrams
		{Lo: 0xD7B0, Hi: 0xD7FF, Stride: 1}, // Hangul vowels and finals
		{Lo: 0xFB1D, Hi: 0xFDFF, Stride: 1}, // Hebrew, Arabic
		{Lo: 0xFE00, Hi: 0xFE0F, Stride: 1}, // variation selectors
		{Lo: 0xFE70, Hi: 0xFEFF, Stride: 1}, // Arabic
		{Lo: 0xFFA0, Hi: 0xFFA0, Stride: 1}, // Hangul filler
	},
	R32: []unicode.Range32{
		{Lo: 0x10800, Hi: 0x10FFF, Stride: 1}, // right-to-left
		{Lo: 0x1E800, Hi: 0x1EFFF, Stride: 1}, // right-to-left
		{Lo: 0x1F000, Hi: 0x1FAFF, Stride: 1}, // emoji
		{Lo: 0xE0100, Hi: 0xE01EF, Stride: 1}, // variation selectors
	},
}
