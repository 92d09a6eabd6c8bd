package upgrade

import (
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

const (
	accounts = 4
	total    = accounts * 1000
	seed     = `INSERT INTO account (id, balance) SELECT n, 1000 FROM generate_series(0, 3) n`

	// The programs use what both versions have. owner says whose rows they are.
	before = `
CREATE TABLE owner (tenant text NOT NULL);
CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, worker int NOT NULL, amount bigint NOT NULL,
	code int NOT NULL DEFAULT 7);
CREATE INDEX entry_code ON entry (code);`
	after = `
CREATE TABLE owner (tenant text NOT NULL);
CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL, label text NOT NULL DEFAULT '');
CREATE TABLE entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, worker int NOT NULL, amount bigint NOT NULL,
	code bigint NOT NULL DEFAULT 7, double bigint NOT NULL DEFAULT 0);
CREATE TABLE audit (at timestamptz NOT NULL, entry bigint REFERENCES entry);
CREATE INDEX entry_worker ON entry (worker);`
	// It adds columns, writes a table anew, changes rows, and makes and drops tables and indexes.
	script = `
ALTER TABLE account ADD label text NOT NULL DEFAULT '';
UPDATE account SET label = 'account ' || id;
ALTER TABLE entry ALTER code TYPE bigint;
ALTER TABLE entry ADD double bigint NOT NULL DEFAULT 0;
UPDATE entry SET double = 2 * amount;
CREATE TABLE audit (at timestamptz NOT NULL, entry bigint REFERENCES entry);`
	then = `
CREATE INDEX CONCURRENTLY entry_worker ON entry (worker);
DROP INDEX CONCURRENTLY entry_code;`
)

func config(ddl, version, appRole string) provision.Config {
	var distribution provision.Distribution
	if pgtest.Citus() {
		distribution = provision.Citus
	}
	return provision.Config{AppRole: appRole, Distribution: distribution, DDL: provision.DDLString(ddl),
		DDLVersion: version, Seed: provision.DDLString(seed)}
}
