package around

import (
	"database/sql"

	"github.com/docex/docex/driver"
	sqldblogger "github.com/simukti/sqldb-logger"
)

// OpenLogged opens a handle whose statements are logged with their arguments. A Logger takes the tenant from its
// context. driver.Bind, CopyFrom, CopyTo and SendBatch work, and are not logged. To log what docex refuses and nothing
// else, use driver.NewSlogObserver instead: it never writes texts or arguments.
func OpenLogged(dsn string, logger sqldblogger.Logger) (*sql.DB, error) {
	c, err := driver.NewConnector(dsn, driver.Config{})
	if err != nil {
		return nil, err
	}
	return sqldblogger.OpenDriver(dsn, c.Driver(), logger), nil
}
