package session

import (
	"context"
	"fmt"
)

// noRole is what the pin function names for a tenant without a role of its own. Taking it on decides nothing.
const noRole = "none"

// answerColumns are, behind the login's weakness, what a pin that asks the registry returns first: whether the server
// is one of Citus, which runs the statements of a pipeline in transactions of their own, and the role. Nobody but Citus
// defines that setting; who sets it without Citus makes batches slower. p.shape is named so that the pin function of an
// older docex, which lacks it, is noticed.
const answerColumns = "pg_catalog.current_setting('citus.shard_count', true) IS NOT NULL, p.role_name, p.shape"

// errNoAnswer: a pin function that answers nothing has decided nothing.
var errNoAnswer = fmt.Errorf("%w: no answer from the pin function", errPinRefused)

// learn reads the row. One that is not understood is no answer.
func (s *Session) learn(ctx context.Context, op *Operation, row [][]byte) error {
	if len(row) < 3 || len(row[2]) == 0 {
		return s.shared.pinRefused(ctx, op, s.wrap(op, errNoAnswer))
	}
	weak, citus, role := string(row[0]), string(row[1]) == "t", string(row[2])
	s.shared.know(op.Tenant, op.names, role)
	s.shared.nonAtomic.Store(citus)
	if _, known := s.shared.logins.LoadOrStore(s.login(), nil); !known && weak != "" {
		s.shared.Report(ctx, op.event(WeakLogin, weakLogin(weak)))
	}
	return nil
}
