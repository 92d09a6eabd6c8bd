package session

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/docex/docex/internal/affinity"
	"github.com/docex/docex/internal/pgerr"
	"github.com/docex/docex/scope"
)

const (
	// citusPatience is how long a checkout waits there for a session that has served its tenant. Any other session would
	// connect to the tenant's worker first, which takes longer than most waits, and keep that connection.
	citusPatience = 50 * time.Millisecond

	citusLoaded = "pg_catalog.current_setting('citus.shard_count', true) IS NOT NULL"
)

// citus is what pins have learned of the server. Tenants are distributed where it has Citus and provisioning has made
// them so. Then the statements of a pipeline run in transactions of their own, and a session keeps a connection to a
// worker for each tenant that it has served. Safe for concurrent use.
type citus struct {
	known       atomic.Bool // a pin has said something
	loaded      atomic.Bool
	distributed atomic.Bool
}

// citusColumn is a column of the answer of a pin that asks the registry: NULL without Citus, which alone defines that
// setting. Provisioning gives LOGIN to the roles of distributed tenants, since Citus logs in to the workers as them. To
// plan that question takes longer than the rest of the pin, so it comes with the one about the login, once. A tenant
// without a role is taken for a distributed one.
func citusColumn(login loginCheck) string {
	if login == loginChecked {
		return "CASE WHEN " + citusLoaded + " THEN 'loaded' END"
	}
	return qualified("CASE WHEN " + citusLoaded + " THEN CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles AS t" +
		" WHERE t.rolname = p.role_name AND NOT t.rolcanlogin) THEN 'local' ELSE 'distributed' END END")
}

// learn takes what citusColumn has said. A server that has Citus only since the first pin is taken for one with
// distributed tenants.
func (c *citus) learn(said string) {
	if known := c.loaded.Swap(said != ""); said != "loaded" || !known {
		c.distributed.Store(said != "" && said != "local")
	}
	c.known.Store(true)
}

// answers reports that an error tells that a COMMIT has not happened. Citus commits on the worker first. When it loses
// the worker then, or is canceled, its answer is an error, and the worker may have committed. A violated constraint of
// the coordinator's, or of one of several workers', is found before.
func (c *citus) answers(err error) bool {
	return pgerr.IsAnswer(err) && (!c.distributed.Load() || pgerr.IsViolation(err))
}

// hidePlans is the expression that has Citus keep the workers' addresses out of EXPLAIN, and with them their plans.
// A first pin, which does not know the server, asks for it.
func (p *pins) hidePlans(login loginCheck) string {
	hide := p.set("citus.explain_distributed_queries", "'off'")
	switch {
	case p.onCitus == nil:
		return ", " + hide
	case login == loginChecked:
		return ""
	default:
		return ", CASE WHEN " + citusLoaded + " THEN " + hide + " END"
	}
}

// TenantsOfAll is how many tenants the connector's sessions may serve, each counted in each session; 0 is any number. A
// pooler keeps its own sessions, whatever docex closes.
func (s *Session) TenantsOfAll() int {
	if s.shared.MaxTenants > 0 || s.pooler || !s.shared.citus.distributed.Load() {
		return 0
	}
	return s.shared.WorkerConnections
}

// Patience is how long a checkout waits for a session that has served its tenant and is at work.
func (s *Shared) Patience() time.Duration {
	if s.citus.distributed.Load() {
		return citusPatience
	}
	return affinity.DefaultWait
}

// workerError is scope.ErrNotInitialized with another remedy.
type workerError struct{ coordinator string }

func (e *workerError) Error() string {
	return "docex: the server is a worker of a Citus cluster: connect to the coordinator" + e.coordinator
}

func (*workerError) Is(target error) bool { return target == scope.ErrNotInitialized }

// misdirected looks whether the database has no system schema because it is on a worker of Citus, and then names the
// coordinator. Any other refusal is returned as it is, and where nothing is learned.
func (s *Session) misdirected(ctx context.Context, refusal error) error {
	e, ok := errors.AsType[*Error](refusal)
	if !ok || s.conn == nil || !errors.Is(refusal, scope.ErrNotInitialized) {
		return refusal
	}
	const isNode = "SELECT WHERE pg_catalog.to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL"
	if rows, err := s.runText(ctx, isNode); err != nil || len(rows) == 0 {
		return refusal
	}
	rows, err := s.runText(ctx, qualified("SELECT (SELECT ', ' || n.nodename || ':' || n.nodeport::pg_catalog.text"+
		" FROM pg_catalog.pg_dist_node AS n WHERE n.groupid = 0 LIMIT 1)"+
		" FROM pg_catalog.pg_dist_local_group AS l WHERE l.groupid <> 0"))
	if err != nil || len(rows) == 0 {
		return refusal
	}
	worker := *e
	worker.Err = &workerError{coordinator: string(rows[0][0])}
	return &worker
}
