// Package pgxsuite runs pgx's own tests of its database/sql driver against docex: what docex lets through behaves as in
// pgx, and pgx's authors have written down what that is. It has no code besides its test and two stand-ins: package
// stdlib for pgx's, which opens docex, and package require for the assertions, so that go.mod needs no more modules.
//
// The tests are not in this repository. They are taken from the module cache at the version that go.mod requires,
// changed in the few places that package stdlib cannot reach, and given to the go command with -overlay as if they were
// tests of the stand-in.
package pgxsuite
