// Package needcgo keeps docex from being built without cgo, in one line. What needs it imports the package: the
// compiler stops here then, and does not come to pages of names that are missing there. It has nothing to call.
package needcgo
