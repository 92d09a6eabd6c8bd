package around

import (
	"errors"
	"io/fs"
	"net/url"

	"github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/pgx/v5" // pgx5://
	"github.com/golang-migrate/migrate/v4/source/iofs"
)

// UpMigrate runs golang-migrate up in one tenant. dsn is the administrator's: tenants' roles change no tables. The
// search_path puts all of it into the tenant's schema. golang-migrate's own setting, x-migrations-table's schema, would
// put the version table there and the tables into public.
func UpMigrate(dsn, schema string, folder fs.FS) error {
	source, err := iofs.New(folder, ".")
	if err != nil {
		return err
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return err
	}
	u.Scheme, u.RawQuery = "pgx5", withPath(u.Query(), schema)
	m, err := migrate.NewWithSourceInstance("iofs", source, u.String())
	if err != nil {
		return err
	}
	err = m.Up()
	sourceErr, databaseErr := m.Close()
	return errors.Join(err, sourceErr, databaseErr)
}

// withPath adds the schema to the parameters of a DSN. Schemas of extensions that the migrations need come behind it.
func withPath(q url.Values, schema string) string {
	q.Set("search_path", schema)
	return q.Encode()
}
