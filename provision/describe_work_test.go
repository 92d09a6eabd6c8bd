package provision

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// What the server does to describe ten tenants does not grow with the tenants beside them, also when the catalogs were
// last analyzed before there were any.
func TestDescribeWorkDoesNotGrow(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDB(t)
	small := DDLString("CREATE TABLE a (b integer CHECK (b > 0) UNIQUE)")
	p, err := New(db.Admin(t), Config{AppRole: db.AppRole, DDL: small})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	var batch []Tenant
	create := func(from, n int) {
		for i := from; i < from+n; i++ {
			made, err := p.Create(t.Context(), Tenant{ID: fmt.Sprintf("t-%d", i)})
			if err != nil {
				t.Fatal(err)
			}
			batch = append(batch, made)
		}
	}
	const few, many = 10, 80
	create(0, few)
	before := describeWork(t, p, batch)
	create(few, many-few)
	if after := describeWork(t, p, batch[:few]); before == 0 || after > before+before/4 {
		t.Errorf("the server handles %d rows for %d tenants, and %d with %d tenants beside them", before, few, after,
			many-few)
	}
}

// describeWork returns how many rows the steps of describeQuery's plan return or throw away.
func describeWork(t *testing.T, p *Provisioner, batch []Tenant) (rows int) {
	t.Helper()
	var schemas, roles []string
	for _, tenant := range batch {
		schemas, roles = append(schemas, tenant.Schema), append(roles, tenant.Role)
	}
	err := inTransaction(t.Context(), p.db, patience, verifyPatience, func(tx *sql.Tx) error {
		in, err := p.readable(t.Context(), tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(t.Context(), describePlan); err != nil {
			return err
		}
		plan, err := explainJSON(t.Context(), tx, describeQuery(), schemas, roles, in.appRole, in.sharedRole, in.holder())
		rows = plan.work()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// planNode is a step of a plan, as EXPLAIN (FORMAT JSON) prints it.
type planNode struct {
	Rows    float64    `json:"Actual Rows"`
	Loops   float64    `json:"Actual Loops"`
	Filter  float64    `json:"Rows Removed by Filter"`
	Joined  float64    `json:"Rows Removed by Join Filter"`
	Checked float64    `json:"Rows Removed by Index Recheck"`
	Plans   []planNode `json:"Plans"`
}

func (n planNode) work() int {
	sum := int((n.Rows + n.Filter + n.Joined + n.Checked) * n.Loops)
	for _, below := range n.Plans {
		sum += below.work()
	}
	return sum
}

func explainJSON(ctx context.Context, tx *sql.Tx, query string, args ...any) (planNode, error) {
	var text []byte
	query = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + query
	if err := tx.QueryRowContext(ctx, query, args...).Scan(&text); err != nil {
		return planNode{}, err
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal(text, &plans); err != nil || len(plans) != 1 {
		return planNode{}, fmt.Errorf("%d plans: %w", len(plans), err)
	}
	return plans[0].Plan, nil
}
