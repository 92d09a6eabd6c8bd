// Package with shows query builders, mappers and ORMs on a docex handle. Each file is one library: it implements
// [Store], which the tests run for two tenants in turns, with the tenant in the context and with driver.Bind. The page
// docs/works-with.md has what is known about each.
//
// A function New… takes any *sql.DB of docex: one for all tenants, of sql.Open("docex", dsn), or one tenant's, of
// driver.Bind. A library that sends a statement when it is opened needs a context with a tenant there, or Bind.
package with

import "context"

// Store is what a program does here with its database.
type Store interface {
	// Add adds a document, and its author where there is none of that name, in one transaction.
	Add(ctx context.Context, author string, d Document) error

	// Find returns an author's documents in a state, by title.
	Find(ctx context.Context, author, state string) ([]Document, error)

	// Finish makes an author's documents of these titles final, and returns how many it found.
	Finish(ctx context.Context, author string, titles ...string) (int64, error)

	// Steal counts the documents of the tenant globex by the name of its schema, which no tenant may.
	Steal(ctx context.Context) error
}

// Document is a row of the table document of schema.sql.
type Document struct {
	Title string
	State string // draft or final
	Tags  []string
}
