package session

import (
	"context"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
)

// Request is what is asked for.
type Request struct {
	Op          string // query, exec, prepare, begin, copy, batch: for errors and events
	Text        string // what the guard judges
	PreparedFor string // whose prepared statement is to run; "" when it is none
	// Compose, when not nil, gives Text for the tenant's schema, and the text that pgx sends in its place.
	Compose        func(schema string) (judged, sent string)
	Refusal        error    // the door's, in place of an answer who asks
	Batch          []string // the texts of a batch, in place of Text
	BeginTx        bool     // pgx's own BEGIN
	Prepare        bool     // the text is prepared only, so its effects do not happen
	Nothing        bool     // nothing is sent: who asks is all that is decided, and End is not called
	CannotCarryPin bool     // no pin can travel with what pgx sends; Begin says so, and what the effects are
	Effects        guard.Effects
}

// Operation is one that Begin allowed. [Session.End] settles it.
type Operation struct {
	Target
	Request
	Index int    // of the text of Request.Batch that was refused
	First string // what must be sent in front, where no pin can travel with what pgx sends; "" is nothing
	Sent  string // what Compose gives for pgx to send in place of Text; "" is nothing
	plan  plan
	names
	armed bool // a pin travels with the operation
}

// Begin is the one way in. It decides who asks and whether the text is allowed, and sees to it that the session is
// pinned when the text arrives. A nil error obliges the caller to run exactly what was allowed, and then to call
// [Session.End]; a panic in between, such as one in an argument's Value method, ends the session's use.
//
// Every refusal is reported, and is an *[Error] or the guard's; [ErrGone] when the session is of no use any more.
func (s *Session) Begin(ctx context.Context, r Request) (Operation, error) {
	op := Operation{Request: r}
	err := s.begin(ctx, &op)
	if err != nil {
		s.shared.refused(ctx, &op, err)
	}
	return op, err
}

func (s *Session) begin(ctx context.Context, op *Operation) error {
	if op.Refusal != nil {
		return op.Refusal
	}
	if err := s.ask(ctx, op); err != nil {
		return err
	}
	if op.Nothing {
		return nil
	}
	if err := s.judge(ctx, op); err != nil {
		return err
	}
	s.state.Owner, s.path = op.Target, op.path
	f := s.facts(op)
	p, err := s.state.plan(f)
	if err != nil {
		return s.wrap(op, err)
	}
	op.plan = p
	s.state = s.state.armed(p, f)
	if p.now {
		if err := s.pinNow(ctx, op); err != nil {
			return err
		}
		if op.Batch != nil && s.BatchNeedsTx() {
			return ErrBatchNeedsTx
		}
	}
	if op.CannotCarryPin && p.what == roleOnly {
		op.First = s.pin(p, op).Text()
	}
	s.open(ctx, op)
	return nil
}

// ask decides who asks. It changes nothing on the server.
func (s *Session) ask(ctx context.Context, op *Operation) error {
	if s.state.Unsure {
		return ErrGone
	}
	uc, err := scope.From(ctx)
	if err != nil {
		return &Error{Op: op.Op, Err: err}
	}
	op.Tenant, op.User = uc.TenantID, uc.UserID
	owner := s.state.Owner
	if owner.Tenant != "" && owner.Tenant != uc.TenantID || op.PreparedFor != "" && op.PreparedFor != uc.TenantID {
		return s.wrap(op, scope.ErrTenantMismatch)
	}
	s.settle()
	if err := s.usable(); err != nil {
		return s.wrap(op, err)
	}
	if op.names, err = s.shared.namesOf(uc.TenantID); err != nil {
		return &Error{Op: op.Op, Err: err}
	}
	return nil
}

// wrap makes an error of docex's one for the caller; ErrGone stays as it is, for the pool to try another connection.
func (s *Session) wrap(op *Operation, err error) error {
	if err == ErrGone {
		return err
	}
	return &Error{Op: op.Op, TenantID: op.Tenant, Err: err}
}

// judge asks the guard about what is to run.
func (s *Session) judge(ctx context.Context, op *Operation) (err error) {
	switch {
	case op.BeginTx:
		op.Effects = guard.Effects{Statements: 1, Begins: true, Rightless: true}
		return nil
	case op.Batch != nil:
		return s.judgeBatch(ctx, op)
	case op.Compose != nil:
		op.Text, op.Sent = op.Compose(op.Schema)
	}
	op.Effects, err = s.inspect(ctx, op, op.Text)
	return err
}

// usable reports why the session cannot take a statement now: ErrGone when it never will. A busy connection is not
// that: sql.Conn would wait for ever for the rows that are open.
func (s *Session) usable() error {
	if s.conn == nil {
		return nil
	}
	pc := s.conn.PgConn()
	switch {
	case pc.IsClosed():
		return ErrGone
	case pc.IsBusy() || s.filter != nil && s.filter.Reading():
		return errBusy
	case pc.Frontend().ReadBufferLen() > 0 || s.filter != nil && s.filter.Unread():
		// pgx's Deallocate leaves the end of a failure unread; what is read next would be answers to something else.
		return ErrGone
	case s.state.Pinned && !s.onPath(s.path):
		s.state.Unsure = true
		return errPathMoved
	default:
		return checkLexer(pc)
	}
}

func (s *Session) inTransaction() bool {
	if s.conn != nil {
		return s.conn.PgConn().TxStatus() != 'I'
	}
	return s.state.TextTx
}

// facts collects what plan needs to know.
func (s *Session) facts(op *Operation) facts {
	return facts{
		Target: op.Target, Request: op.Request,
		filtered: s.filter != nil, local: s.pins.local,
		inTx: s.inTransaction(), failedTx: s.conn != nil && s.conn.PgConn().TxStatus() == 'E',
		onPath:   s.onPath(op.path),
		askCitus: op.Batch != nil && !s.shared.citus.known.Load(),
		decides:  s.filter != nil && op.hasRole() && !s.superuser && s.loginCheck() == loginChecked,
	}
}
