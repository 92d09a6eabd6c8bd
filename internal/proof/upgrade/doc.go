// Package upgrade has programs read and write through the driver while their tenants are upgraded, and kills the
// upgrade in the middle. Programs see no error and no wrong row, and every tenant is old or new, never between.
//
// It has no code besides its tests. As part of `go test` they take some seconds. For more tenants:
//
//	make upgrade TENANTS=1000
package upgrade
