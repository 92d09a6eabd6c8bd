package provision_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/docex/docex/provision"
)

const (
	moodV1 = `CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL, mood text);
CREATE INDEX old ON note (mood)`
	moodV2 = `CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL, mood text DEFAULT 'glad', length integer);
CREATE UNIQUE INDEX by_body ON note (body)`
	moodUp   = `ALTER TABLE note ADD length integer`
	moodThen = `-- One statement at a time.
ALTER TABLE note ALTER mood SET DEFAULT 'glad';
UPDATE note SET mood = COALESCE(mood, '') || 'glad'; CREATE UNIQUE INDEX CONCURRENTLY by_body
    ON note (body); -- the comment says CONCURRENTLY
DROP INDEX CONCURRENTLY old;`
)

func moodUpgrade() provision.UpgradeOptions {
	return provision.UpgradeOptions{Script: provision.DDLString(moodUp), Then: provision.DDLString(moodThen)}
}

func TestUpgradeInTwoParts(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, moodV1, moodV2, "acme", "globex", "twice")
	u.exec(`INSERT INTO tenant_twice.note (id, body) VALUES (2, 'note of twice')`)
	o := moodUpgrade()
	o.Concurrency = 2
	report, outcomes, err := u.upgrade(o)
	if err == nil || report.UpgradeCounts != (provision.UpgradeCounts{Found: 3, Done: 2, Half: 1}) ||
		!strings.Contains(outcomes["twice"].Err.Error(), "23505") {
		t.Fatalf("%+v %v", report, err)
	}
	u.wantVersion("2", "acme", "globex")
	// It works, is not called drifted though an invalid index is there, and is known to be in between.
	u.wantVersion("1", "twice")
	twice, err := u.new.Get(t.Context(), "twice")
	if acme, _ := u.new.Get(t.Context(), "acme"); err != nil || twice.NextDDL != acme.DDLDigest {
		t.Errorf("%+v %v", twice, err)
	}
	if got := u.value(`SELECT string_agg(mood, ' ') FROM tenant_twice.note`); got != "glad glad" {
		t.Errorf("moods are %q", got)
	}
	other := moodUpgrade()
	other.Then = provision.DDLString(`DROP INDEX CONCURRENTLY old; ` + moodThen[:strings.Index(moodThen, "DROP")])
	_, outcomes, err = u.upgrade(other)
	if err == nil || !strings.Contains(outcomes["twice"].Err.Error(), "finish that first") {
		t.Errorf("another second part: %v", err)
	}
	u.exec(`DELETE FROM tenant_twice.note WHERE id = 2`)
	if report, _, err := u.upgrade(moodUpgrade()); err != nil || report.Done != 1 {
		t.Errorf("%+v %v", report, err)
	}
	u.wantVersion("2", "twice")
	if got := u.value(`SELECT string_agg(mood, ' ') FROM tenant_twice.note`); got != "glad" {
		t.Errorf("moods are %q", got)
	}
}

// The second part goes on where it was killed: before a statement, in the middle of one, or before that was noted.
func TestSecondPartGoesOn(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, moodV1, moodV2, "acme")
	u.exec(`INSERT INTO tenant_acme.note (id, body) VALUES (2, 'note of acme')`)
	if _, _, err := u.upgrade(moodUpgrade()); err == nil {
		t.Fatal("it was to fail")
	}
	u.exec(`DELETE FROM tenant_acme.note WHERE id = 2`)
	for _, c := range []struct{ what, state string }{
		{"an index is half built", ``},
		{"an index is built", `DROP INDEX IF EXISTS tenant_acme.by_body;
			 CREATE UNIQUE INDEX by_body ON tenant_acme.note (body)`},
		{"an index is half dropped",
			`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tenant_acme.old'::regclass;
			 UPDATE docex_system.tenant SET next_done = 3 WHERE id = 'acme'`},
		{"an index is dropped", `DROP INDEX tenant_acme.old`},
	} {
		if c.state != "" {
			u.exec(strings.Split(c.state, ";")...) // Citus takes one statement at a time
		}
		if err := u.new.Verify(t.Context(), "acme"); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	u.exec(`UPDATE docex_system.tenant SET next_done = 2 WHERE id = 'acme'`)
	u.exec(`ALTER TABLE tenant_acme.note ADD extra integer`)
	wantIs(t, u.new.Verify(t.Context(), "acme"), provision.ErrDrift)
	u.exec(`ALTER TABLE tenant_acme.note DROP extra`)
	if report, _, err := u.upgrade(moodUpgrade()); err != nil || report.Done != 1 {
		t.Errorf("%+v %v", report, err)
	}
	u.wantVersion("2", "acme")
}

// What uses a value that the first part adds to an enum stands in the second. PostgreSQL before 17 refuses that in the
// rehearsal, where both are one transaction; and there it takes two upgrades.
func TestUpgradeUsesNewEnumValue(t *testing.T) {
	t.Parallel()
	const note = `CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL, mood mood`
	u := newUpgradeWorld(t, `CREATE TYPE mood AS ENUM ('sad'); `+note+`)`,
		`CREATE TYPE mood AS ENUM ('sad', 'glad'); `+note+` DEFAULT 'glad')`, "acme")
	_, _, err := u.upgrade(provision.UpgradeOptions{Script: provision.DDLString(`ALTER TYPE mood ADD VALUE 'glad'`),
		Then: provision.DDLString(`ALTER TABLE note ALTER mood SET DEFAULT 'glad'`)})
	if u.value(`SELECT current_setting('server_version_num')::integer < 170000`) == "true" {
		wantIs(t, err, provision.ErrRehearsal)
		if got := sqlState(t, err); got != "55P04" {
			t.Errorf("code %s: %v", got, err)
		}
		u.wantVersion("1", "acme")
		return
	}
	if err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "acme")
}

// Two upgrades at the same time do each tenant once.
func TestTwoUpgradesAtOnce(t *testing.T) {
	t.Parallel()
	ids := []string{"a", "b", "c", "d", "e"}
	u := newUpgradeWorld(t, moodV1, moodV2, ids...)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			o := moodUpgrade()
			o.Concurrency, o.Retries = 2, 100
			report, err := u.new.UpgradeTenants(t.Context(), o)
			if err != nil || report.Done+report.Current != report.Found {
				t.Errorf("%+v %v", report, err)
			}
		})
	}
	wg.Wait()
	u.wantVersion("2", ids...)
	for _, id := range ids {
		es, err := u.new.Audit(t.Context(), provision.AuditOptions{Action: "upgrade tenant", TenantID: id})
		if err != nil || len(es) != 2 { // one for each part
			t.Errorf("%s: the audit log says %+v: %v", id, es, err)
		}
		if got := u.value(`SELECT string_agg(mood, ' ') FROM tenant_` + id + `.note`); got != "glad" {
			t.Errorf("%s: mood %q", id, got)
		}
	}
}
