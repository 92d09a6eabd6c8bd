package pgtest

import (
	"testing"
)

// A worker that is stopped or silent is that until it is started again.
func TestCitusWorkers(t *testing.T) {
	if !Citus() {
		t.Skip("no Citus")
	}
	db, other := NewDB(t), NewDB(t)
	admin := db.Admin(t)
	admin.SetMaxOpenConns(1)
	mustExec(t, admin, "SET citus.node_connection_timeout = 500") // milliseconds
	grant := func(db string) string { return "GRANT TEMPORARY ON DATABASE " + db + " TO PUBLIC" }
	for name, stop := range map[string]func() func(){
		"stopped": func() func() { return db.StopWorker(t, 1) },
		"silent":  func() func() { return db.SilenceWorker(t, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			start := stop()
			if _, err := admin.Exec(grant(db.Name)); code(err) != "08006" {
				t.Errorf("%v, want a connection failure", err)
			}
			if name == "stopped" {
				mustExec(t, other.Admin(t), grant(other.Name))
			}
			start()
			mustExec(t, admin, grant(db.Name))
		})
	}
}
