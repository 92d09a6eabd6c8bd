package doctor

import (
	"context"
	"errors"
	"slices"

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
	var roleless []string
	done, bad, behind := 0, 0, 0
	err := d.Provisioner.VerifyAll(ctx, driftWorkers, func(t provision.Tenant, err error) {
		if scratchID.MatchString(t.ID) {
			return // another doctor's, which has a table more
		}
		done++
		d.Progress(done, max(done, d.in.tenants))
		if d.Provisioner.Behind(t) {
			behind++
		}
		switch {
		case err == nil:
			return
		case lacksRoleOnly(err):
			roleless = append(roleless, t.ID)
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
	if slices.Sort(roleless); len(roleless) > 0 {
		fs = append(fs, failure("docex repair", "%s without a role, and as made otherwise: %s",
			count(len(roleless), "tenant"), some(roleless)))
	}
	if len(fs) == 0 {
		fs = []Finding{ok("%s as made", count(done, "tenant"))}
	}
	if behind > 0 {
		fs = append(fs, warning("docex tenant upgrade --all", "%s of an older DDL than the configured one",
			count(behind, "tenant")))
	}
	return fs, nil
}

// lacksRoleOnly reports whether a tenant lacks its role and nothing else, as all do in a database that was restored
// without the server's roles.
func lacksRoleOnly(err error) bool {
	var drift *provision.DriftError
	return errors.As(err, &drift) && len(drift.Differences) == 1 &&
		drift.Differences[0].Kind == "role" && drift.Differences[0].Change == provision.Missing
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
