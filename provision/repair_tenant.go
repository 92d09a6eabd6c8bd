package provision

import (
	"context"
	"database/sql"
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

//go:embed sql/objects/grantable.sql
var grantableSQL string

// repair makes what is missing of a tenant whose lock the transaction holds. It returns the differences that are gone,
// and those that are left.
func (v *verifier) repair(ctx context.Context, tx *sql.Tx, t Tenant) (repaired, left []Difference, err error) {
	strategy, err := newStrategy(v.cfg.Strategy, v.in.distribution)
	if err != nil {
		return nil, nil, err
	}
	want, err := v.recorded(ctx, tx, t)
	if err != nil {
		return nil, nil, err
	}
	ds, err := describeWithPlaces(ctx, tx, v.in, []Tenant{t})
	if err == nil {
		err = v.in.workerRights(ctx, tx, []Tenant{t}, ds)
	}
	if err != nil {
		return nil, nil, err
	}
	got := ds[0]
	before, err := v.allDifferences(ctx, tx, v.in, t, want, got)
	if err != nil || len(before) == 0 || len(got.schema) == 0 {
		return nil, causes(before), err
	}
	grants, err := v.missingGrants(ctx, tx, t, want.readOnly(v.cfg.ReadOnlyTables), got.schema)
	if err != nil {
		return nil, nil, err
	}
	statements := append(v.missingRole(strategy, t, got.role), grants...)
	if len(statements) == 0 && len(got.place) == 0 {
		return nil, causes(before), nil
	}
	if _, err := tx.ExecContext(ctx, strings.Join(statements, ";\n")); err != nil {
		return nil, nil, err
	}
	if len(got.place) > 0 {
		if err := strategy.restore(ctx, tx, v.in, t); err != nil {
			return nil, nil, err
		}
	}
	if want == nil { // then it got all that Create gives, before that takes writing away
		if err := v.closeTables(ctx, tx, v.in, t); err != nil {
			return nil, nil, err
		}
	}
	if ds, err = describeWithPlaces(ctx, tx, v.in, []Tenant{t}); err != nil {
		return nil, nil, err
	}
	left, err = v.allDifferences(ctx, tx, v.in, t, want, ds[0])
	gone := func(d Difference) bool { return slices.Contains(left, d) }
	return slices.DeleteFunc(before, gone), left, err
}

// missingRole returns the statements that make the tenant's role, and what goes with it and with the tenant's state.
func (v *verifier) missingRole(s strategy, t Tenant, got shape) (statements []string) {
	missing := func(o object) bool {
		_, there := got[o]
		return !there
	}
	want := wantRole(t, s)
	for _, part := range []struct {
		what      object
		statement string
	}{
		{theRole, makeRole(v.in, s, t)},
		{readsShared, v.in.grantShared(t)},
		{appTakesRole, v.in.grantMembership(t, v.in.holder())},
		{roleUsesSchema, useSchema(v.in, t)},
	} {
		if _, wanted := want[part.what]; wanted && missing(part.what) {
			statements = append(statements, part.statement)
		}
	}
	return statements
}

// makeRole makes the tenant's role, as Create does or as the reserve does.
func makeRole(in installation, s strategy, t Tenant) string {
	if in.makesRole(t) {
		return createRole(s, t)
	}
	return createRole(s, t) + ";\n" + commentRole(t)
}

// grantable is a row of grantable.sql.
type grantable struct {
	label              string   // what descriptions call it
	gives              []string // the privileges that Create gives on it
	before, kind, name string
}

// missingGrants returns the statements that give the tenant's role the rights that it should have and has not, as far
// as Create gives them, and that take from PUBLIC what it should not have on functions. want is nil where no
// description was ever recorded: then the tenant's role gets all that Create gives.
func (v *verifier) missingGrants(ctx context.Context, tx *sql.Tx, t Tenant, want, got shape) ([]string, error) {
	all, err := grantables(ctx, tx, t.Schema)
	if err != nil {
		return nil, err
	}
	grants, revokes := map[string][]string{}, []string(nil)
	for _, g := range all {
		label := object{"grant", g.label + " to {{role}}"}
		wanted := privileges(want[label])
		if want == nil {
			wanted = g.gives
		}
		have := privileges(got[label])
		missing := slices.DeleteFunc(slices.Clone(g.gives), func(privilege string) bool {
			return !slices.Contains(wanted, privilege) || slices.Contains(have, privilege)
		})
		if len(missing) > 0 {
			statement := g.before + "GRANT " + strings.Join(missing, ", ") + " ON " + g.kind
			grants[statement] = append(grants[statement], g.name)
		}
		public := object{"grant", g.label + " to PUBLIC"}
		if g.kind == "ROUTINE" && got[public] != "" && want[public] == "" {
			revokes = append(revokes, "REVOKE ALL ON ROUTINE "+g.name+" FROM PUBLIC")
		}
	}
	for _, statement := range slices.Sorted(maps.Keys(grants)) {
		names := strings.Join(grants[statement], ", ")
		revokes = append(revokes, statement+" "+names+" TO "+quote(v.in.grantee(t)))
	}
	return revokes, nil
}

func grantables(ctx context.Context, tx *sql.Tx, schema string) ([]grantable, error) {
	all, err := rowsOf(ctx, tx, func(g *grantable) []any {
		return []any{&g.label, pgtype.NewMap().SQLScanner(&g.gives), &g.before, &g.kind, &g.name}
	}, grantableSQL, schema)
	unqualify := unqualifier(schema)
	for i := range all {
		all[i].label = unqualify(all[i].label)
	}
	return all, err
}

// privileges are those in the definition of a grant, with or without the right to hand them on.
func privileges(definition string) []string {
	return strings.Split(strings.ReplaceAll(definition, " WITH GRANT OPTION", ""), ", ")
}
