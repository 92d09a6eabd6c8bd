package provision

import (
	"archive/zip"
	"bytes"
	"io/fs"
)

// DDLString returns a folder with one file, ddl.sql, that holds text, for [Config.DDL] and [Config.Seed].
func DDLString(text string) fs.FS {
	var b bytes.Buffer // a zip archive in memory is the standard library's one file system that takes its files from memory
	w := zip.NewWriter(&b)
	file, err := w.Create("ddl.sql")
	if err == nil {
		_, err = file.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	r, rerr := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || rerr != nil {
		panic("docex: provision: a buffer in memory failed") // bytes.Buffer never does
	}
	return r
}
