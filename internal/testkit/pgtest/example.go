package pgtest

// ExampleDB returns a database for Examples, which have no test that drops it: [Main] does so when no test is left. The
// first call with a key, in this test process, makes an empty database and has fill fill it. It panics where [NewDB]
// fails a test. It is for one goroutine at a time, as Examples are.
func ExampleDB(key string, fill func(*DB) error) *DB {
	c, err := start()
	if err != nil {
		panic(err)
	}
	shared := templateOf("example: " + key)
	if shared.ready {
		return shared.db
	}
	if shared.older, err = roles(c.admin, allRoles); err != nil {
		panic(err)
	}
	if shared.db, err = c.create(); err != nil {
		panic(err)
	}
	if err := fill(shared.db); err != nil {
		panic(err)
	}
	shared.ready = true
	return shared.db
}
