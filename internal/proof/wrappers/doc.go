// Package wrappers proves that docex works under drivers that wrap others, for tracing and logging. They have a module
// of their own, out of sight of those who import docex. It has no code.
package wrappers
