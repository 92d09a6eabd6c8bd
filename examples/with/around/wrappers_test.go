package around

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"testing"

	ddsql "github.com/DataDog/dd-trace-go/contrib/database/sql/v2"
	"github.com/XSAM/otelsql"
	"github.com/docex/docex/driver"
	"github.com/ngrok/sqlmw"
	sqldblogger "github.com/simukti/sqldb-logger"
)

// wrapper is a driver around docex's.
type wrapper struct {
	name string
	open func(t *testing.T, dsn string) *sql.DB
	// hides says that it gives its user no way to docex's connection.
	hides bool
}

var wrappers = []wrapper{
	{name: "otelsql.OpenDB", open: func(t *testing.T, dsn string) *sql.DB { return otelsql.OpenDB(connector(t, dsn)) }},
	{name: "otelsql.Open", open: func(t *testing.T, dsn string) *sql.DB {
		db, err := otelsql.Open(driver.Name, dsn)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}},
	{name: "dd-trace-go OpenDB", open: func(t *testing.T, dsn string) *sql.DB { return ddsql.OpenDB(connector(t, dsn)) }},
	{name: "dd-trace-go Open", open: func(t *testing.T, dsn string) *sql.DB {
		db, err := ddsql.Open(driver.Name, dsn)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}},
	{name: "sqldb-logger", open: func(t *testing.T, dsn string) *sql.DB {
		return sqldblogger.OpenDriver(dsn, docex(t, dsn), silent{})
	}},
	{name: "sqlmw", hides: true, open: func(t *testing.T, dsn string) *sql.DB {
		return sql.OpenDB(opener{sqlmw.Driver(docex(t, dsn), sqlmw.NullInterceptor{}), dsn})
	}},
	{name: "sqldb-logger around otelsql", open: func(t *testing.T, dsn string) *sql.DB {
		return sqldblogger.OpenDriver(dsn, otelsql.WrapDriver(docex(t, dsn)), silent{})
	}},
}

func connector(t *testing.T, dsn string) *driver.Connector {
	t.Helper()
	c, err := driver.NewConnector(dsn, driver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// docex returns the driver, for wrappers that open connections by their DSN.
func docex(t *testing.T, dsn string) sqldriver.Driver { return connector(t, dsn).Driver() }

// silent logs nothing.
type silent struct{}

func (silent) Log(context.Context, sqldblogger.Level, string, map[string]any) {}

// opener is what sql.Open makes of a driver that has no connector.
type opener struct {
	driver sqldriver.Driver
	dsn    string
}

func (o opener) Connect(context.Context) (sqldriver.Conn, error) { return o.driver.Open(o.dsn) }
func (o opener) Driver() sqldriver.Driver                        { return o.driver }
