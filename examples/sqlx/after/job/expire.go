// Package job has what runs at night.
package job

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/docex/docex/examples/sqlx/after/store"
)

// batch is how many documents one transaction deletes.
const batch = 500

// Expire deletes a customer's documents that have expired and returns how many there were.
func Expire(ctx context.Context, s *store.Store, customer string, now time.Time, log *slog.Logger) (int, error) {
	total := 0
	for {
		names, err := s.Expire(ctx, now, batch)
		if err != nil {
			return total, fmt.Errorf("expire: %s: %w", customer, err)
		}
		total += len(names)
		if len(names) < batch {
			log.Info("expired", "customer", customer, "documents", total)
			return total, nil
		}
	}
}
