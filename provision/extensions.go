package provision

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"strings"
)

//go:embed sql/objects/extensions.sql
var extensionsSQL string

// checkExtensions says which of the extensions are not where objects look for them.
func checkExtensions(ctx context.Context, tx *sql.Tx, want []ManifestExtension) error {
	const query = `
SELECT EXISTS (SELECT FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
                WHERE e.extname = $1 AND n.nspname = $2)`
	var missing []string
	for _, e := range want {
		var there bool
		if err := tx.QueryRowContext(ctx, query, e.Name, e.Schema).Scan(&there); err != nil {
			return err
		}
		if !there {
			missing = append(missing, fmt.Sprintf("CREATE EXTENSION %s SCHEMA %s", quote(e.Name), quote(e.Schema)))
		}
	}
	if len(missing) > 0 {
		return archiveError("it needs extensions that this database does not have there: %s", strings.Join(missing, "; "))
	}
	return nil
}
