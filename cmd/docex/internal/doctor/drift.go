package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

const (
	driftLines   = 20 // tenants that get a line, or that a remedy names
	driftWorkers = 4  // connections; the server works, not this program
)

// drift is what the comparison of all tenants has found.
type drift struct {
	d                 *doctor
	own               []Finding           // one tenant each
	common            map[string][]string // tenants by which of the remedies for many is theirs
	done, bad, behind int
}

// checkDrift compares each tenant's schema and role with what they were made as. What other checks have said of a
// tenant is not said again.
func checkDrift(ctx context.Context, d *doctor) ([]Finding, error) {
	if d.NoDrift {
		return one(skipped("because of --no-drift"))
	}
	found := drift{d: d, common: map[string][]string{}}
	err := d.Provisioner.VerifyAll(ctx, driftWorkers, found.add)
	return found.findings(err == nil), err
}

func (f *drift) add(t provision.Tenant, err error) {
	if scratchID.MatchString(t.ID) {
		return // another doctor's, which has a table more
	}
	f.done++
	f.d.Progress(f.done, max(f.done, f.d.in.tenants))
	if f.d.Provisioner.Behind(t) {
		f.behind++
	}
	if err == nil {
		return
	}
	f.bad++
	var differs *provision.DriftError
	if errors.As(err, &differs) {
		if f.d.told[t.ID] && all(differs, ofRegistry) {
			return
		}
		for _, c := range commonDrift {
			if all(differs, func(it provision.Difference) bool { return c.is(f.d, it) }) {
				f.common[c.says] = append(f.common[c.says], t.ID)
				return
			}
		}
	} else if f.d.told[t.ID] {
		return // it is being dropped
	}
	f.own = append(f.own, drifted(t, err))
}

func all(e *provision.DriftError, is func(provision.Difference) bool) bool {
	return !slices.ContainsFunc(e.Differences, func(it provision.Difference) bool { return !is(it) })
}

// ofRegistry reports whether a difference follows from what the checks of the registry and of roles name.
func ofRegistry(it provision.Difference) bool {
	return it.Kind == "schema" || it.Kind == "role" || it.Kind == "membership" ||
		it.Kind == "grant" && strings.HasSuffix(it.Object, ": to use it") // which comes and goes with the membership
}

// commonDrift is what can be wrong with many tenants for one reason, and one command mends.
var commonDrift = []struct {
	says, remedy string // IDS in the remedy stands for the tenants
	is           func(*doctor, provision.Difference) bool
}{
	{"without rights that repair gives again", "docex repair", func(_ *doctor, it provision.Difference) bool {
		return it.Change == provision.Missing && slices.Contains([]string{"role", "membership", "grant"}, it.Kind)
	}},
	{"that may write in tables of migration tools", "docex tenant reseal --keep --yes IDS", (*doctor).writesReadOnly},
	{"of an older docex, with no record of what they were made as", "docex tenant reseal --keep --yes IDS",
		func(_ *doctor, it provision.Difference) bool {
			return it.Change == provision.Missing && it.Kind == "description"
		}},
}

// writesReadOnly reports whether a difference is that a tenant may write in one of provision.read_only_tables: such a
// table is older than docex's looking at that, or a tool has made it. Reseal takes the right.
func (d *doctor) writesReadOnly(it provision.Difference) bool {
	names := d.Config.Provision.ReadOnlyTables
	if names == nil {
		names = provision.DefaultReadOnlyTables()
	}
	object, grantee, _ := strings.Cut(it.Object, " to ")
	if it.Kind != "grant" || it.Change == provision.Missing || grantee == "PUBLIC" {
		return false
	}
	object = strings.ReplaceAll(object, `"`, "")
	return slices.ContainsFunc(names, func(name string) bool {
		return object == name || strings.HasPrefix(object, name+".") ||
			strings.HasPrefix(object, name+"_") && strings.HasSuffix(object, "_seq")
	})
}

// findings are one for each tenant with differences of its own, and one for each kind that many have. Complete tells
// whether all tenants were compared.
func (f *drift) findings(complete bool) []Finding {
	slices.SortFunc(f.own, func(a, b Finding) int { return strings.Compare(a.Detail, b.Detail) })
	fs := f.own[:min(len(f.own), driftLines)]
	if more := len(f.own) - len(fs); more > 0 {
		fs = append(fs, failure("docex doctor again, once these are mended", "and %s more", plural.Count(more, "tenant")))
	}
	for _, c := range commonDrift {
		if ids := f.common[c.says]; len(ids) > 0 {
			slices.Sort(ids)
			remedy := strings.ReplaceAll(c.remedy, "IDS", strings.Join(ids[:min(len(ids), driftLines)], " "))
			if len(ids) > driftLines && remedy != c.remedy {
				remedy += ", and the others in the same way"
			}
			fs = append(fs, failure(remedy, "%s %s: %s", plural.Count(len(ids), "tenant"), c.says, some(ids)))
		}
	}
	if complete && len(fs) == 0 {
		fs = []Finding{ok("%s as made", plural.Count(f.done-f.bad, "tenant"))}
	}
	if complete && f.behind > 0 {
		fs = append(fs, warning("docex tenant upgrade --all", "%s of an older DDL than the configured one",
			plural.Count(f.behind, "tenant")))
	}
	return fs
}

func drifted(t provision.Tenant, err error) Finding {
	remedy := "docex tenant verify " + t.ID
	var drift *provision.DriftError
	switch {
	case errors.As(err, &drift):
		return failure(remedy, "tenant %q: %s, the first: %s", t.ID, plural.Count(len(drift.Differences), "difference"),
			drift.Differences[0].String())
	case t.State == provision.Dropping:
		return warning("docex tenant drop "+t.ID+" --confirm "+t.ID, "tenant %q is being dropped", t.ID)
	}
	return failure(remedy, "tenant %q: %v", t.ID, err)
}
