package main

import (
	"os"
	"os/user"
)

// actor names the operator in the audit log: DOCEX_ACTOR, such as a ticket, or else who runs the program.
func actor() string {
	if name := os.Getenv("DOCEX_ACTOR"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
