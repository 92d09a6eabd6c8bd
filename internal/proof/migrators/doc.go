// Package migrators proves that tools which migrate schemas work on tenants, run by the administrator, and that docex
// records what they have done. They have a module of their own, out of sight of those who import docex. It has no code.
package migrators
