package session

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// open lets the operation's messages out. The first write carries the pin, unless that was sent already.
func (s *Session) open(ctx context.Context, op *Operation) {
	s.state.Unsure = true
	if s.filter != nil {
		s.admission = admission{guard: s.shared.Guard, op: *op, own: op.Sent}
		s.filter.Begin(&s.admission)
	}
	if op.armed = op.plan.what != nothing && !op.plan.now && op.First == ""; op.armed {
		s.shared.Report(ctx, op.event(Pinned, nil))
		pin := s.pin(op.plan, op)
		pin.Place = op.plan.place
		s.filter.Arm(pin)
	}
}

// pinNow pins in a round trip of its own.
func (s *Session) pinNow(ctx context.Context, op *Operation) error {
	text := s.pin(op.plan, op).Text()
	if op.plan.what == userOnly {
		_, err := s.run(ctx, Target{User: op.User}, text)
		if err == nil {
			s.state = s.state.userSet(op.User, s.inTransaction())
		}
		return err
	}
	s.shared.Report(ctx, op.event(Pinned, nil))
	answer, err := s.run(ctx, op.Target, text)
	if err != nil {
		if pgconn.SafeToRetry(err) {
			return ErrGone
		}
		return s.explain(ctx, op, err)
	}
	switch {
	case op.plan.what != byRegistry:
	case s.conn == nil:
		s.shared.logins.Store(s.login(), nil) // its driver passes no answer on, and the pin did not fail
	default:
		if err := s.learn(ctx, op, answer); err != nil {
			return err
		}
	}
	if s.pins.local {
		s.state = s.state.pinnedTx(op.User)
		return nil
	}
	s.state = s.state.committed()
	return nil
}

// run sends a pin by itself, or has the backend send it; see [Backend.Pin].
func (s *Session) run(ctx context.Context, t Target, text string) (answer [][]byte, err error) {
	if s.conn == nil {
		return nil, s.backend.Pin(ctx, t, text)
	}
	rows, err := s.runText(ctx, text)
	if len(rows) > 0 {
		answer = rows[len(rows)-1]
	}
	return answer, err
}

// runText runs docex's own statements, which take no arguments, and returns their rows.
func (s *Session) runText(ctx context.Context, text string) (rows [][][]byte, err error) {
	defer s.Own(text)()
	results, err := s.conn.PgConn().Exec(ctx, text).ReadAll()
	for _, r := range results {
		rows = append(rows, r.Rows...)
	}
	return rows, err
}

// learn reads the answer of a pin that has asked the registry: see answerColumns. One that is not understood is none,
// and without an answer nothing is decided.
func (s *Session) learn(ctx context.Context, op *Operation, row [][]byte) error {
	if len(row) < 3 || len(row[2]) == 0 {
		s.state = s.state.forgotten()
		s.state.Unsure = true
		err := fmt.Errorf("%w: no answer from the pin function", errPinRefused)
		return s.shared.pinRefused(ctx, op, s.wrap(op, err))
	}
	weak := string(row[0])
	confirmed := op.names
	confirmed.role = string(row[2])
	s.shared.names.Store(op.Tenant, confirmed)
	s.shared.citus.learn(string(row[1]))
	if _, known := s.shared.logins.LoadOrStore(s.login(), nil); !known && weak != "" {
		s.shared.Report(ctx, op.event(WeakLogin, weakLogin(weak)))
	}
	return nil
}

// Own lets one of docex's own texts out, or pgx's, such as COMMIT. It needs no tenant. The result ends that.
func (s *Session) Own(text string) (done func()) {
	if s.filter == nil {
		return func() {}
	}
	s.admission = admission{own: text}
	s.filter.Begin(&s.admission)
	return s.filter.End
}
