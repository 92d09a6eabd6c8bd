package doctor

import (
	"context"
	"errors"

	"github.com/docex/docex/provision"
)

const (
	driftLines   = 20 // tenants that get a line
	driftWorkers = 4  // connections; the server works, not this program
)

// checkDrift compares each tenant's schema and role with what they were made as.
func checkDrift(ctx context.Context, d *doctor) ([]Finding, error) {
	if d.NoDrift {
		return one(skipped("because of --no-drift"))
	}
	var fs []Finding
	done, bad := 0, 0
	err := d.Provisioner.VerifyAll(ctx, driftWorkers, func(t provision.Tenant, err error) {
		if scratchID.MatchString(t.ID) {
			return // another doctor's, which has a table more
		}
		done++
		d.Progress(done, max(done, d.in.tenants))
		if err == nil {
			return
		}
		if bad++; bad <= driftLines {
			fs = append(fs, drifted(t, err))
		}
	})
	if err != nil {
		return fs, err
	}
	if more := bad - driftLines; more > 0 {
		fs = append(fs, failure("docex doctor again, once these are mended", "and %s more", count(more, "tenant")))
	}
	if bad == 0 {
		fs = []Finding{ok("%s as made", count(done, "tenant"))}
	}
	return fs, nil
}

func drifted(t provision.Tenant, err error) Finding {
	remedy := "docex tenant verify " + t.ID
	var drift *provision.DriftError
	switch {
	case errors.As(err, &drift):
		return failure(remedy, "tenant %q: %s, the first: %s", t.ID, count(len(drift.Differences), "difference"),
			drift.Differences[0].String())
	case t.State == provision.Dropping:
		return warning("docex tenant drop "+t.ID+" --confirm "+t.ID, "tenant %q is being dropped", t.ID)
	}
	return failure(remedy, "tenant %q: %v", t.ID, err)
}
