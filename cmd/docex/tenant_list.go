package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

// tenantListing is one run of docex tenant list.
type tenantListing struct {
	c        *cli
	o        provision.OverviewOptions
	state    string
	since    string
	sort     string
	verify   bool
	outdated bool
}

// orders are the values of --sort.
var orders = map[string]func(a, b listedJSON) int{
	"id": func(a, b listedJSON) int { return cmp.Compare(a.ID, b.ID) },
	"name": func(a, b listedJSON) int {
		return cmp.Compare(strings.ToLower(a.DisplayName), strings.ToLower(b.DisplayName))
	},
	"created": func(a, b listedJSON) int { return b.CreatedAt.Compare(a.CreatedAt) },
	"changed": func(a, b listedJSON) int { return b.changed.Compare(a.changed) },
	"size":    func(a, b listedJSON) int { return cmp.Compare(b.bytes, a.bytes) },
}

func tenantList(c *cli) *cobra.Command {
	l := tenantListing{c: c}
	names := slices.Sorted(maps.Keys(orders))
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tenants",
		Long: `List the tenants, with when each was last changed by docex, as the audit log has it.

--sizes adds what each takes on the server's disk. That takes some 0.1 ms for each table, and waits for whoever alters
one. On Citus each tenant's node is shown, and a size that its node does not tell is "unknown".

--verify adds how many differences docex tenant verify finds, and takes as long as that; the exit code is 1 when
there are any.

--outdated leaves those that an older DDL made than the one of docex.yaml, by the digest of its text, and those whose
upgrade has its second part to do: what docex tenant upgrade is for.

--sort is by id, or by name; or by created, changed or size, with the latest or largest first.`,
		Example: `  docex tenant list --state suspended
  docex tenant list --changed-since 24h --sort changed
  docex tenant list --sizes --sort size --limit 10`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := l.check(time.Now()); err != nil {
				return usageError{err}
			}
			return c.withProvisioner(cmd.Context(), l.run)
		},
	}
	c.jsonFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&l.o.After, "after", "", "only `ID`s that sort after this one")
	f.IntVar(&l.o.Limit, "limit", 0, "at most so many; 0 means all")
	f.BoolVar(&l.o.Dropped, "dropped", false, "dropped tenants as well")
	f.StringVar(&l.state, "state", "", "only those that are `active`, suspended, dropping or dropped")
	f.StringVar(&l.o.DDLVersion, "ddl-version", "", "only those made with this `version` of the DDL")
	f.StringVar(&l.since, "changed-since", "",
		"only those changed since a `time`: 24h, 2006-01-02 or 2006-01-02T15:04:05Z")
	f.StringVar(&l.sort, "sort", "id", "the `order`: "+strings.Join(names, ", "))
	f.BoolVar(&l.o.Sizes, "sizes", false, "how much each takes on the server's disk")
	f.BoolVar(&l.verify, "verify", false, "how many differences each has")
	f.BoolVar(&l.outdated, "outdated", false, "only those that are behind the DDL of docex.yaml")
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp))
	return cmd // the former two fail only for flags that are not there
}

var states = []string{string(provision.Active), string(provision.Suspended), string(provision.Dropping),
	string(provision.Dropped)}

// check reads what flags mean.
func (l *tenantListing) check(now time.Time) (err error) {
	if l.state != "" && !slices.Contains(states, l.state) {
		return fmt.Errorf("--state is %q, want one of: %s", l.state, strings.Join(states, ", "))
	}
	if orders[l.sort] == nil {
		return fmt.Errorf("--sort is %q, want one of: %s", l.sort, strings.Join(slices.Sorted(maps.Keys(orders)), ", "))
	}
	if l.sort == "size" && !l.o.Sizes {
		return errors.New("--sort size goes with --sizes")
	}
	l.o.State = provision.State(l.state)
	if l.since != "" {
		l.o.ChangedSince, err = timeOf(l.since, now)
	}
	return err
}

// timeOf reads a time, or how long ago it is. A date begins where the user is.
func timeOf(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return at, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("--changed-since is %q, want such as 24h, 2006-01-02 or 2006-01-02T15:04:05Z", text)
	}
	return at, nil
}

func (l *tenantListing) run(ctx context.Context, p *provision.Provisioner) error {
	o := l.o
	if l.sort != "id" || l.outdated {
		o.Limit = 0 // the first ones are known when all are sorted
	}
	all, err := p.Overview(ctx, o)
	if err != nil {
		return err
	}
	l.c.warnCopy(ctx, p)
	if l.outdated {
		all = slices.DeleteFunc(all, func(v provision.Overview) bool { return !p.Behind(v.Tenant) })
	}
	data := make([]listedJSON, len(all))
	for i, v := range all {
		data[i] = listedJSON{tenantJSON: asJSON(v.Tenant), LastAction: v.LastAction, Node: v.Node,
			changed: v.ChangedAt, bytes: v.Bytes}
		if !v.ChangedAt.IsZero() {
			data[i].ChangedAt = &v.ChangedAt
		}
		if l.o.Sizes && v.Bytes >= 0 {
			data[i].Bytes = &v.Bytes
		}
	}
	slices.SortStableFunc(data, orders[l.sort])
	if l.o.Limit > 0 && l.o.Limit < len(data) {
		data = data[:l.o.Limit]
	}
	differs, err := l.differences(ctx, p, data)
	if err != nil {
		return err
	}
	if err := l.c.emit(data, func(w io.Writer) error { return l.print(w, data) }); err != nil {
		return err
	}
	if differs {
		return errFound
	}
	return nil
}
