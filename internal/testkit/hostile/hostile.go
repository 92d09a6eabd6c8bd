// Package hostile writes SQL that is built to hurt a parser: trees that are deep ([Deep]) or wide ([Flat]), runs that a
// lexer reads again and again, and the places where two lexers come apart ([Borders]). It is for the tests of package
// sqlparse and of its package text.
//
// Promise: every shape of Deep is valid SQL for PostgreSQL 16's grammar at any size. Not promised: that the others are.
package hostile

import (
	"fmt"
	"strings"
)

// Shape is a way to write a text of any size.
type Shape struct {
	Name  string
	Build func(n int) string
}

// row repeats link behind before.
func row(name, before, link, after string) Shape {
	return Shape{name, func(n int) string { return before + strings.Repeat(link, n) + after }}
}

// nested puts as many ends behind the middle as there are opens in front of it.
func nested(name, before, open, middle, end, after string) Shape {
	return Shape{name, func(n int) string {
		return before + strings.Repeat(open, n) + middle + strings.Repeat(end, n) + after
	}}
}

// PerItem is how many bytes longer a text gets with each step of its size.
func (s Shape) PerItem() int { return len(s.Build(2)) - len(s.Build(1)) }

// Largest returns the largest size of up to most bytes whose text passes, which smaller ones have to do, too. From
// 1,000 items on it is exact to a thousandth.
func (s Shape) Largest(most int, passes func(sql string) bool) int {
	low, high := 0, most/s.PerItem()
	for high-low > low/1000 {
		mid := (low + high + 1) / 2
		if passes(s.Build(mid)) {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

// String returns the name in quotes.
func (s Shape) String() string { return fmt.Sprintf("%q", s.Name) }
