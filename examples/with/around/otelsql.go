package around

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"

	"github.com/XSAM/otelsql"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// OpenOtel opens a handle whose statements are spans that name their tenant, refused ones too. otelsql.Open("docex",
// dsn) and otelsql.WrapDriver do as well. otelsql stands around docex: it sees the statements that the program writes,
// and no pins.
//
// driver.Bind, CopyFrom, CopyTo and SendBatch find docex's connection behind otelsql, and work. They leave no spans.
// Where you need them, set a tracer of pgx's in Config.BeforeConnect, which sees all that docex sends.
func OpenOtel(dsn string, spans trace.TracerProvider) (*sql.DB, error) {
	c, err := driver.NewConnector(dsn, driver.Config{})
	if err != nil {
		return nil, err
	}
	return otelsql.OpenDB(c, otelsql.WithTracerProvider(spans), otelsql.WithAttributesGetter(tenantAttribute)), nil
}

// tenantAttribute names the tenant in each span.
func tenantAttribute(ctx context.Context, _ otelsql.Method, _ string, _ []sqldriver.NamedValue) []attribute.KeyValue {
	uc, err := scope.From(ctx)
	if err != nil {
		return nil
	}
	return []attribute.KeyValue{attribute.String("tenant", uc.TenantID)}
}
