// Package sqlx compares two programs: before, a document service on sqlx and lib/pq with one customer per database,
// and after, the same on docex, whose customers are tenants of one database. docs/adopting.md walks through the
// difference.
package sqlx
