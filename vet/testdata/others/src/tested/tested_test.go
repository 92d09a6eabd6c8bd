package tested

import _ "github.com/mattn/go-sqlite3"
