// Package around shows libraries that stand around a database/sql driver at work on docex, each in a file of its own:
// tracing, queues, migrations, sessions, databases for tests. Two tenants use each of them, and each file says what is
// refused, and why. docs/works-with.md has the table. The code is in tests, which run on a real server. They have a
// module of their own, so that programs that use docex need none of the libraries.
package around
