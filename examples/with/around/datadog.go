package around

import (
	"database/sql"

	ddsql "github.com/DataDog/dd-trace-go/contrib/database/sql/v2"
	"github.com/docex/docex/driver"
)

// OpenDatadog opens a handle whose statements are Datadog's spans, children of the span in the statement's context.
// ddsql.Open("docex", dsn) does as well. Put the tenant into the context by ddsql.WithSpanTags, beside the UserContext.
// driver.Bind, CopyFrom, CopyTo and SendBatch work, and leave no spans.
//
// With ddsql.WithDBMPropagation each text gets a comment of its own. docex parses the text once for all of them. pgx
// prepares each anew, unless default_query_exec_mode says otherwise.
func OpenDatadog(dsn string) (*sql.DB, error) {
	c, err := driver.NewConnector(dsn, driver.Config{})
	if err != nil {
		return nil, err
	}
	return ddsql.OpenDB(c), nil
}
