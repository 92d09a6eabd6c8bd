package provision_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
)

// alikes is a DDL with what VerifyAll looks at once for many tenants: indexes and checks.
var alikes = ddl(`
CREATE TABLE thing (a integer, b text, "C d" text, x text, p point, v tsvector, CONSTRAINT filled CHECK (b <> ''));
CREATE INDEX one ON thing (b);
CREATE UNIQUE INDEX "two T" ON thing (a, b) WHERE a > 0;
CREATE UNIQUE INDEX three ON thing (a, b);
CREATE INDEX lowered ON thing (lower(b));
CREATE INDEX near ON thing USING gist (p);
CREATE INDEX words ON thing USING gist (v);
CREATE TABLE twin (a integer, b text, "C d" text, x text, p point, v tsvector);
CREATE INDEX twin_b ON twin (b);
CREATE TABLE pair (a integer, b integer, CONSTRAINT positive CHECK (a > 0));
CREATE TABLE empty (CONSTRAINT never CHECK (1 > 2));
CREATE TABLE part (a integer) PARTITION BY LIST (a);
CREATE INDEX parted ON part (a)`)

// unlikes are changes to one tenant of alikes that leave names as they are, wherever that is possible. Where an
// expression has to stay as it is stored, the catalog is changed, since the server stores its place in the statement.
var unlikes = []string{
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing (b DESC)`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing (b NULLS FIRST)`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing (b COLLATE "POSIX")`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing (b text_pattern_ops)`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing (b) INCLUDE (a)`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing (b, a)`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing ("C d")`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing (lower(b))`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing USING hash (b)`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.thing (b) WHERE a > 0`,
	`DROP INDEX {{s}}.one; CREATE UNIQUE INDEX one ON {{s}}.thing (b)`,
	`DROP INDEX {{s}}.one; CREATE INDEX one ON {{s}}.twin (b)`,
	`ALTER INDEX {{s}}.one SET (fillfactor = 70)`,
	`ALTER INDEX {{s}}.one RENAME TO uno`,
	`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{{s}}.one'::regclass`,
	`DROP INDEX {{s}}.lowered; CREATE INDEX lowered ON {{s}}.thing (upper(b))`,
	`DROP INDEX {{s}}."two T"; CREATE UNIQUE INDEX "two T" ON {{s}}.thing (a, b) WHERE a > 1`,
	`UPDATE pg_index SET indnullsnotdistinct = true WHERE indexrelid = '{{s}}.three'::regclass`,
	`UPDATE pg_index SET indisreplident = true WHERE indexrelid = '{{s}}.three'::regclass`,
	`UPDATE pg_index SET indisunique = false WHERE indexrelid = '{{s}}.three'::regclass`,
	`DROP INDEX {{s}}.near; CREATE INDEX near ON {{s}}.thing USING spgist (p)`,
	`DROP INDEX {{s}}.words; CREATE INDEX words ON {{s}}.thing USING gist (v tsvector_ops (siglen = 100))`,
	`DROP INDEX {{s}}.parted; CREATE INDEX parted ON {{s}}.part (a DESC)`,
	`ALTER TABLE {{s}}.thing RENAME b TO y`,
	`ALTER TABLE {{s}}.twin RENAME b TO y; ALTER TABLE {{s}}.twin RENAME x TO b; ALTER TABLE {{s}}.twin RENAME y TO x`,
	`ALTER TABLE {{s}}.pair RENAME b TO y; ALTER TABLE {{s}}.pair RENAME a TO b; ALTER TABLE {{s}}.pair RENAME y TO a`,
	`ALTER TABLE {{s}}.thing RENAME TO object`,
	`ALTER TABLE {{s}}.thing ALTER b TYPE varchar`,
	`ALTER TABLE {{s}}.thing ALTER b TYPE text COLLATE "POSIX"`,
	`ALTER TABLE {{s}}.thing DROP b, ADD b text`,
	`ALTER TABLE {{s}}.thing RENAME CONSTRAINT filled TO other`,
	`ALTER TABLE {{s}}.thing DROP CONSTRAINT filled, ADD CONSTRAINT filled CHECK (b <> 'x')`,
	`ALTER TABLE {{s}}.thing DROP CONSTRAINT filled, ADD CONSTRAINT filled CHECK ("C d" <> '')`,
	`ALTER TABLE {{s}}.thing DROP CONSTRAINT filled, ADD CONSTRAINT filled UNIQUE (b)`,
	`ALTER TABLE {{s}}.thing DROP CONSTRAINT filled; ALTER TABLE {{s}}.twin ADD CONSTRAINT filled CHECK (b <> '')`,
	`UPDATE pg_constraint SET connoinherit = true WHERE conrelid = '{{s}}.thing'::regclass AND conname = 'filled'`,
	`UPDATE pg_constraint SET convalidated = false WHERE conrelid = '{{s}}.thing'::regclass AND conname = 'filled'`,
	`ALTER TABLE {{s}}.empty DROP CONSTRAINT never, ADD CONSTRAINT never CHECK (1 > 3)`,
	`ALTER TABLE {{s}}.empty ADD a integer`,
	`ALTER TABLE {{s}}.thing DROP x, ADD x text`, // in another place
	moved, // no difference
	``,
}

// moved changes the number of a column, and not its place.
const moved = `ALTER TABLE {{s}}.thing DROP v, ADD v tsvector; CREATE INDEX words ON {{s}}.thing USING gist (v)`

// owned is a DDL whose indexes and checks refer to what is the tenant's own.
var owned = ddl(`
CREATE FUNCTION good(x text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE thing (b text, m mood, CONSTRAINT called CHECK (good(b)), CONSTRAINT moody CHECK (m <> 'sad'));
CREATE INDEX called ON thing (good(b));
CREATE INDEX moody ON thing (m) WHERE m = 'ok'`)

// disowned are changes to a tenant of owned. Some are two tenants', whose objects are alike then, and globex's too.
var disowned = []string{
	`DROP INDEX {{s}}.called; CREATE INDEX called ON {{s}}.thing (tenant_globex.good(b))`,
	`DROP INDEX {{s}}.called; CREATE INDEX called ON {{s}}.thing (tenant_globex.good(b))`,
	`ALTER TABLE {{s}}.thing DROP CONSTRAINT called, ADD CONSTRAINT called CHECK (tenant_globex.good(b))`,
	`ALTER TABLE {{s}}.thing DROP CONSTRAINT called, ADD CONSTRAINT called CHECK (tenant_globex.good(b))`,
	`UPDATE pg_constraint SET conbin = (SELECT conbin FROM pg_constraint WHERE conrelid = 'tenant_globex.thing'::regclass
	 AND conname = 'called') WHERE conrelid = '{{s}}.thing'::regclass AND conname = 'called'`,
	`UPDATE pg_index SET indexprs = (SELECT indexprs FROM pg_index WHERE indexrelid = 'tenant_globex.called'::regclass)
	 WHERE indexrelid = '{{s}}.called'::regclass`,
	`ALTER TABLE {{s}}.thing DROP CONSTRAINT moody, ADD CONSTRAINT moody CHECK (m::text::tenant_globex.mood <> 'sad')`,
	`ALTER TABLE {{s}}.thing DROP m, ADD m tenant_globex.mood`,
	`ALTER FUNCTION {{s}}.good RENAME TO fine`,
	``,
}

// VerifyAll looks at many tenants at once and has to find in each what Verify finds.
func TestVerifyAllFindsWhatVerifyFinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		cfg     provision.Config
		changes []string
	}{
		{"alikes", provision.Config{DDL: alikes}, unlikes},
		{"owned", provision.Config{DDL: owned, NoTenantRoles: true}, disowned},
		{"one of each", provision.Config{DDL: oneOfEach}, changesOf(drifts)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, p := twoTenants(t, c.cfg)
			sound := map[string]bool{"acme": true, "suspended": true}
			var made []provision.Tenant
			for i := range c.changes {
				tenant, err := p.Create(t.Context(), provision.Tenant{ID: fmt.Sprintf("t_%02d", i)})
				if err != nil {
					t.Fatal(err)
				}
				made = append(made, tenant)
			}
			for i, change := range c.changes { // after the last Create, so that a changed object is not the first of its group
				changed := w.change(forCitus(strings.NewReplacer("{{s}}", `"`+made[i].Schema+`"`, "{{r}}", `"`+made[i].Role+`"`,
					"{{a}}", w.AppRole).Replace(change)))
				sound[made[i].ID] = !changed || change == "" || change == moved
			}
			if _, err := p.Create(t.Context(), provision.Tenant{ID: "suspended"}); err != nil {
				t.Fatal(err)
			}
			if err := p.Suspend(t.Context(), "suspended"); err != nil {
				t.Fatal(err)
			}
			n := 0
			err := p.VerifyAll(t.Context(), 2, func(tenant provision.Tenant, got error) {
				n++
				want := p.Verify(t.Context(), tenant.ID)
				if d := cmp.Diff(text(want), text(got)); d != "" {
					t.Errorf("%s (-Verify, +VerifyAll): %s", tenant.ID, d)
				}
				if s, ok := sound[tenant.ID]; ok && s != (got == nil) {
					t.Errorf("%s: sound is %t, VerifyAll says %v", tenant.ID, s, got)
				}
			})
			if err != nil || n != len(sound)+1 { // globex: what others have been given of it is a difference, too
				t.Errorf("%d tenants, want %d: %v", n, len(sound)+1, err)
			}
		})
	}
}

func changesOf(drifts []struct{ change, want string }) (changes []string) {
	for _, d := range drifts {
		changes = append(changes, d.change)
	}
	return changes
}

// text returns all of an error, the differences that its message leaves out too.
func text(err error) string {
	var drift *provision.DriftError
	if errors.As(err, &drift) {
		return fmt.Sprintf("%v %q", err, drift.Differences)
	}
	return fmt.Sprint(err)
}

// A table that somebody keeps to himself holds up the verification of its tenant, and nobody's work on another one.
func TestVerifyAllKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{DDL: oneOfEach})
	tx, err := w.admin.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE tenant_acme.child"); err != nil {
		t.Fatal(err)
	}
	const runs = 2 // the second finds that the first one has the tenant's lock
	results := make(chan error, runs)
	for range runs {
		go func() {
			results <- p.VerifyAll(t.Context(), 1, func(tenant provision.Tenant, err error) {
				if err != nil {
					t.Error(err)
				}
			})
		}()
	}
	const waiting = `SELECT count(*)::text FROM pg_locks WHERE NOT granted AND locktype = 'advisory'
 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	for w.value(waiting) != "1" {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := errors.Join(p.Suspend(ctx, "globex"), p.Resume(ctx, "globex")); err != nil {
		t.Error(err)
	}
	select {
	case err := <-results:
		t.Errorf("it did not wait: %v", err)
	default:
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for range runs {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}
