package provision

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

var (
	//go:embed sql/objects/places.sql
	placesSQL string
	//go:embed sql/objects/worker_rights.sql
	workerRightsSQL string
)

// placesOf puts into descriptions of tenants where their tables are, and should not be. Citus keeps that in catalogs of
// the coordinator.
func (in installation) placesOf(ctx context.Context, tx *sql.Tx, ts []Tenant, ds []description) error {
	if !in.citus {
		if in.distribution == Citus {
			return citusSchemas{}.check(ctx, tx)
		}
		return nil
	}
	schemas, _ := in.schemasOf(ts)
	type row struct {
		n int
		d Difference
	}
	rows, err := rowsOf(ctx, tx, func(r *row) []any {
		r.d.Change = Changed
		return []any{&r.n, &r.d.Kind, &r.d.Object, &r.d.Want, &r.d.Got}
	}, placesSQL, schemas, in.distribution == Citus)
	if err != nil {
		return err
	}
	for _, r := range rows {
		ds[r.n-1].place = append(ds[r.n-1].place, r.d)
	}
	return nil
}

// schemasOf returns the tenants' schemas, and who has rights there.
func (in installation) schemasOf(ts []Tenant) (schemas, grantees []string) {
	for _, t := range ts {
		schemas, grantees = append(schemas, t.Schema), append(grantees, in.grantee(t))
	}
	return schemas, grantees
}

func hasRoutines(d description) bool {
	for o := range d.schema {
		if o.kind == "function" || o.kind == "procedure" || o.kind == "aggregate" {
			return true
		}
	}
	return false
}

// workerRights puts into descriptions of tenants where a worker lets others call their routines than the coordinator
// does. Default privileges do not reach the workers, and a worker that was added later has PostgreSQL's own, which are
// for everybody. The workers are asked on sessions of their own, which do not see what a transaction is about to do.
func (in installation) workerRights(ctx context.Context, tx *sql.Tx, ts []Tenant, ds []description) error {
	if in.distribution != Citus || !slices.ContainsFunc(ds, hasRoutines) {
		return nil
	}
	schemas, grantees := in.schemasOf(ts)
	type answer struct {
		node, result string
		success      bool
	}
	answers, err := rowsOf(ctx, tx, func(a *answer) []any { return []any{&a.node, &a.success, &a.result} },
		workerRightsSQL, schemas, grantees)
	if err != nil {
		return err
	}
	for _, a := range answers {
		if !a.success {
			return &CitusError{Missing: "worker", Remedy: "start it, and do the same again",
				Err: fmt.Errorf("%s: %s", a.node, a.result)}
		}
		var routines []struct {
			N            int
			Name         string
			Public, Role bool
		}
		if err := json.Unmarshal([]byte(a.result), &routines); err != nil {
			return fmt.Errorf("worker %s: %w", a.node, err)
		}
		for _, r := range routines {
			d := &ds[r.N-1]
			name := unqualifier(schemas[r.N-1])(r.Name)
			d.compareWorker(a.node, name, "PUBLIC", r.Public)
			d.compareWorker(a.node, name, "{{role}}", r.Role)
		}
	}
	return nil
}

// compareWorker adds the difference, if there is one, between what a grantee may do with a routine on a worker and what
// it may do on the coordinator.
func (d *description) compareWorker(node, routine, grantee string, may bool) {
	label := routine + " to " + grantee
	_, should := d.schema[object{"grant", label}]
	difference := Difference{Kind: "grant", Object: label + " on worker " + node}
	switch {
	case may && !should:
		difference.Change, difference.Got = Extra, "EXECUTE"
	case should && !may:
		difference.Change, difference.Want = Missing, "EXECUTE"
	default:
		return
	}
	d.place = append(d.place, difference)
}
