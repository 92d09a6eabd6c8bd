package around

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	ddsql "github.com/DataDog/dd-trace-go/contrib/database/sql/v2"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/mocktracer"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	sqldblogger "github.com/simukti/sqldb-logger"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const (
	own     = "SELECT count(*) FROM doc"
	foreign = "SELECT count(*) FROM tenant_globex.doc"
)

// Every tracer gets the same: a statement of each tenant's, one that is refused, and what goes past it.
func statements(t *testing.T, db *sql.DB) {
	t.Helper()
	for _, tenant := range []string{"acme", "globex"} {
		value[int](t, db, named(tenant), own)
	}
	if err := db.QueryRowContext(named("acme"), foreign).Scan(new(int)); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("refused: %v", err)
	}
	for use, err := range uses(t, db) {
		if err != nil {
			t.Errorf("%s: %v", use, err)
		}
	}
}

// named is the context of a request, as Datadog wants it.
func named(tenant string) context.Context {
	return ddsql.WithSpanTags(as(tenant), map[string]string{"tenant": tenant})
}

// traced is what a tracer tells of a statement, or of a connection.
type traced struct {
	tenant, text string
	failed       bool
}

// wantTraced looks at the statements: what Bind, CopyFrom and SendBatch run is not among them.
func wantTraced(t *testing.T, got []traced) {
	t.Helper()
	got = slices.DeleteFunc(got, func(s traced) bool { return !strings.Contains(s.text, " ") })
	want := []traced{{"acme", own, false}, {"globex", own, false}, {"acme", foreign, true}}
	if !slices.Equal(got, want) {
		t.Errorf("traced: %v", got)
	}
}

func TestOtelsql(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	db, err := OpenOtel(newDocs(t).AppDSN, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, db)
	statements(t, db)
	var got []traced
	for _, span := range spans.Ended() {
		s := traced{failed: span.Status().Code == codes.Error}
		for _, a := range span.Attributes() {
			switch a.Key {
			case "tenant":
				s.tenant = a.Value.AsString()
			case "db.statement", "db.query.text":
				s.text = a.Value.AsString()
			}
		}
		got = append(got, s)
	}
	wantTraced(t, got)
}

// logged is a Logger that keeps what it gets.
type logged struct {
	mu  sync.Mutex
	got []traced
}

func (l *logged) Log(ctx context.Context, level sqldblogger.Level, _ string, data map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	uc, _ := scope.From(ctx)
	text, _ := data["query"].(string)
	l.got = append(l.got, traced{uc.TenantID, text, level == sqldblogger.LevelError})
}

func TestSqldbLogger(t *testing.T) {
	t.Parallel()
	var log logged
	db, err := OpenLogged(newDocs(t).AppDSN, &log)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, db)
	statements(t, db)
	wantTraced(t, log.got)
}

// TestDatadog is not parallel: there is one tracer a process.
func TestDatadog(t *testing.T) {
	tracer := mocktracer.Start()
	defer tracer.Stop()
	db, err := OpenDatadog(newDocs(t).AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, db)
	statements(t, db)
	var got []traced
	for _, span := range tracer.FinishedSpans() {
		text, _ := span.Tag("resource.name").(string)
		tenant, _ := span.Tag("tenant").(string)
		got = append(got, traced{tenant, text, span.Tag("error.message") != nil})
	}
	wantTraced(t, got)
}
