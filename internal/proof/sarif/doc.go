// Package sarif holds what `docex vet --format sarif` prints against the JSON schema of SARIF 2.1.0. It has no code,
// and is a module of its own: go-sarif has the schema, and nobody else needs it.
package sarif
