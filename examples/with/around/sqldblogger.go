package around

import (
	"database/sql"

	"github.com/docex/docex/driver"
	sqldblogger "github.com/simukti/sqldb-logger"
)

// OpenLogged opens a handle whose statements are logged with their arguments. A Logger takes the tenant from its
// context. driver.Bind, CopyFrom, CopyTo and SendBatch work, and are not logged. To log what docex refuses and nothing
// else, use driver.NewSlogObserver instead: it never writes texts or arguments.
//
// sqldb-logger opens each connection by the DSN, not by a connector. So docex's settings have to be in the DSN: a
// driver.Config would have no part in it. Nor do the connections know of each other: each judges texts by itself, and
// none is preferred for the tenants that it has served.
func OpenLogged(dsn string, logger sqldblogger.Logger) (*sql.DB, error) {
	db, err := sql.Open(driver.Name, dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close() // its driver is all that is needed
	return sqldblogger.OpenDriver(dsn, db.Driver(), logger), nil
}
