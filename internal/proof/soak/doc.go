// Package soak has tenants at work, directly and through a pooler, while what is around them breaks: connections are
// cut, COMMITs lost, backends ended, statements cancelled, contexts over, the pooler and the server killed, tenants
// suspended, dropped and made. Meanwhile and afterwards it compares what callers were told with what the tables hold.
//
// It has no code besides its tests. As part of `go test` they take some seconds. For longer:
//
//	make soak SOAK=10m SEED=7
//
// A seed decides what is drawn. When it happens is left to the machine, so a run with the same seed is alike, not the
// same.
package soak
