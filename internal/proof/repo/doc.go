// Package repo holds the rules of this repository as tests: who may import what, one package comment a package, what
// go.mod may contain. It has no code.
package repo
