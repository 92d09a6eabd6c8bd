package provision

import (
	"io/fs"
	"testing/fstest"
)

// DDLString returns a folder with one file, ddl.sql, that holds text, for [Config.DDL] and [Config.Seed].
func DDLString(text string) fs.FS {
	return fstest.MapFS{"ddl.sql": {Data: []byte(text)}} // imports nothing of package testing itself
}
