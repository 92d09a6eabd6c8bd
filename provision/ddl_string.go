package provision

import (
	"io/fs"
	"testing/fstest"
)

// DDLString returns a folder with one file, ddl.sql, that holds text, for [Config.DDL] and [Config.Seed]. Annotations
// of migration tools in text count as they do in a file.
func DDLString(text string) fs.FS {
	return fstest.MapFS{"ddl.sql": {Data: []byte(text)}} // imports nothing of package testing itself
}

// NoDDL is a [Config.DDL] without objects, for tenants whose tables a migration tool makes, run by the administrator.
// Create makes the schema, the role, and default privileges that give the role what the administrator makes later.
// Record each tenant with [Provisioner.Reseal] when the tool has run: until then Verify tells what it made.
//
// A folder says the same with a file that holds nothing but comments. One without files *.sql, or with a blank one, is
// refused: it is more likely the wrong folder.
func NoDDL() fs.FS { return DDLString("-- no objects: a migration tool makes them\n") }
