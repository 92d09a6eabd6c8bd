// Package pq stands for the driver of that name.
package pq

// Error is what the server says.
type Error struct{}

func (*Error) Error() string { return "" }
