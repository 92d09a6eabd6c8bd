package around

import (
	"context"
	"database/sql"
	"io/fs"
	"net/url"

	_ "github.com/jackc/pgx/v5/stdlib" // the administrator's driver is pgx itself
	"github.com/pressly/goose/v3"
)

// UpGoose runs goose up in one tenant, as UpMigrate does it with golang-migrate. It returns how many migrations ran.
func UpGoose(ctx context.Context, dsn, schema string, folder fs.FS) (int, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return 0, err
	}
	u.RawQuery = withPath(u.Query(), schema)
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, folder)
	if err != nil {
		return 0, err
	}
	results, err := p.Up(ctx)
	return len(results), err
}
