// Package sqlite3 stands for the driver of that name.
package sqlite3
