package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"log/slog"
	"os"
	"sync"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
)

// Refusals go to the program's log, with the tenant, the user and the guard's rule.
func ExampleNewSlogObserver() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "error" || a.Key == "fingerprint" {
				return slog.Attr{} // to keep the example short
			}
			return a
		},
	}))
	connector, err := driver.NewConnector(appDSN(), driver.Config{Observer: driver.NewSlogObserver(logger)})
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()

	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	db.ExecContext(ctx, "DELETE FROM tenant_globex.docbasket")
	// Output: level=WARN msg=docex event=denied op=exec tenant_id=acme user_id=u-17 rule=foreign-schema
}

// denials counts what each tenant was denied, for a metric with the tenant as its label.
type denials struct {
	mu sync.Mutex
	of map[string]int
}

func (d *denials) Observe(_ context.Context, e driver.Event) {
	if e.Kind != driver.EventDenied {
		return
	}
	d.mu.Lock() // it is called by many at once
	defer d.mu.Unlock()
	d.of[e.TenantID]++
}

// An Observer that counts.
func ExampleObserver() {
	counter := &denials{of: map[string]int{}}
	connector, err := driver.NewConnector(appDSN(), driver.Config{Observer: counter})
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()

	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	db.ExecContext(ctx, "SET search_path = tenant_globex")
	db.ExecContext(ctx, "DELETE FROM tenant_globex.docbasket")
	fmt.Println(counter.of)
	// Output: map[acme:2]
}

// Metrics read the connector's counters, which need no Observer.
func ExampleConnector_Stats() {
	connector, err := driver.NewConnector(appDSN(), driver.Config{})
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()

	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	for range 3 {
		db.ExecContext(ctx, "DELETE FROM document")
	}
	db.ExecContext(context.Background(), "DELETE FROM document")
	s := connector.Stats()
	fmt.Println(s.Pins, "pin,", s.NoTenant, "call without a tenant,", s.Denied, "denials")
	// Output: 1 pin, 1 call without a tenant, 0 denials
}
