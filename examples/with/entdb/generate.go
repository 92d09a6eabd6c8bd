// Package entdb is what ent generates from its folder schema.
package entdb

//go:generate go run -mod=mod entgo.io/ent/cmd/ent@v0.14.5 generate ./schema
