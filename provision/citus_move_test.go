package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// Without Citus there is one place only.
func TestMoveToNodeNeedsCitus(t *testing.T) {
	t.Parallel()
	if pgtest.Citus() {
		t.Skip("needs a server without Citus")
	}
	_, p := twoTenants(t, provision.Config{})
	wantIs(t, p.MoveToNode(t.Context(), "acme", "127.0.0.1:5432", provision.NodeMove{}), provision.ErrUnsupportedStrategy)
	_, err := p.Placement(t.Context(), "acme")
	wantIs(t, err, provision.ErrUnsupportedStrategy)
}

func TestMoveToNode(t *testing.T) {
	if !pgtest.Citus() {
		t.Skip("needs a Citus cluster: DOCEX_CITUS_DSN")
	}
	w, p := twoTenants(t, provision.Config{})
	ctx := t.Context()
	before, err := p.Placement(ctx, "acme")
	if err != nil || before.Bytes <= 0 {
		t.Fatal(before, err)
	}
	other, _ := w.Worker(t, 0)
	if other == before.Node {
		other, _ = w.Worker(t, 1)
	}
	wantIs(t, p.MoveToNode(ctx, "acme", "127.0.0.1:1", provision.NodeMove{}), provision.ErrInvalidConfig)
	wantIs(t, p.MoveToNode(ctx, "acme", "nowhere", provision.NodeMove{}), provision.ErrInvalidConfig)
	for range 2 { // the second time it is there
		if err := p.MoveToNode(ctx, "acme", other, provision.NodeMove{}); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := p.Placement(ctx, "acme"); err != nil || after.Node != other {
		t.Errorf("%v, %v, want on %s", after, err, other)
	}
	if err := p.Verify(ctx, "acme"); err != nil {
		t.Error(err)
	}
	all, err := p.Overview(ctx, provision.OverviewOptions{})
	if err != nil || len(all) != 2 || all[0].Node != other {
		t.Errorf("%+v, %v", all, err)
	}
	defer w.StopWorker(t, 0)()
	at, err := p.Overview(ctx, provision.OverviewOptions{Sizes: true})
	if err != nil {
		t.Fatal(err)
	}
	down, _ := w.Worker(t, 0)
	for _, v := range at {
		if (v.Node == down) != (v.Bytes == -1) {
			t.Errorf("%s on %s: %d bytes", v.ID, v.Node, v.Bytes)
		}
	}
	var e *provision.CitusError
	if err := p.MoveToNode(ctx, "acme", before.Node, provision.NodeMove{}); !errors.As(err, &e) || e.Missing != "worker" {
		t.Errorf("with a worker down: %v", err)
	}
}

// A table without a primary key moves while nobody writes, and a large one is seen to move.
func TestMoveToNodeBlocksWrites(t *testing.T) {
	if !pgtest.Citus() {
		t.Skip("needs a Citus cluster: DOCEX_CITUS_DSN")
	}
	w, p := twoTenants(t, provision.Config{DDL: provision.DDLString(`CREATE TABLE log (line text)`)})
	w.exec(`INSERT INTO tenant_acme.log SELECT repeat('x', 200) || n FROM generate_series(1, 400000) AS n`)
	ctx := t.Context()
	before, err := p.Placement(ctx, "acme")
	if err != nil {
		t.Fatal(err)
	}
	other, _ := w.Worker(t, 0)
	if other == before.Node {
		other, _ = w.Worker(t, 1)
	}
	var e *provision.CitusError
	if err := p.MoveToNode(ctx, "acme", other, provision.NodeMove{}); !errors.As(err, &e) || e.Missing != "support" ||
		!strings.Contains(e.Remedy, "--block-writes") {
		t.Errorf("without a primary key: %v", err)
	}
	told := 0
	progress := func(moved, all int64) {
		told++
		if moved < 0 || moved > all || all < 80_000_000 {
			t.Errorf("%d of %d bytes", moved, all)
		}
	}
	if err := p.MoveToNode(ctx, "acme", other, provision.NodeMove{BlockWrites: true, Progress: progress}); err != nil {
		t.Fatal(err)
	}
	if after, err := p.Placement(ctx, "acme"); err != nil || after.Node != other || after.Bytes < 80_000_000 {
		t.Errorf("%v, %v, want on %s", after, err, other)
	}
	t.Logf("progress was told %d times", told) // as often as the machine is slow
}
