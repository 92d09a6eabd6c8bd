package pgtest

// NewExampleDB is [NewDB] for Examples, which have no test that ends: [Main] drops the database when no test is left.
// It panics where NewDB fails a test. It is for one goroutine at a time, as Examples are.
func NewExampleDB() *DB {
	c, err := start()
	if err != nil {
		panic(err)
	}
	unshared := c.templateOf("example " + randomHex(6))
	if unshared.older, err = roles(c.admin, allRoles); err != nil {
		panic(err)
	}
	if unshared.db, err = c.create(c.empty); err != nil {
		panic(err)
	}
	return unshared.db
}
