package session

import (
	"context"
	"fmt"

	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5"
)

// judgeBatch asks the guard about each text of a batch, and whether it can be in one.
func (s *Session) judgeBatch(ctx context.Context, op *Operation) error {
	for i, text := range op.Batch {
		effects, err := s.inspect(ctx, op, text)
		if err == nil {
			err = s.fitsBatch(effects)
		}
		if err != nil {
			op.Index = i
			return err
		}
		op.Effects.Rightless = op.Effects.Rightless || effects.Rightless
		op.Effects.Calls = op.Effects.Calls || effects.Calls
	}
	op.Effects.Statements = len(op.Batch)
	// In this mode pgconn.PgConn.ExecBatch writes to the socket itself, past the frontend and so past the filter.
	op.CannotCarryPin = s.mode == pgx.QueryExecModeExec
	return nil
}

// fitsBatch says why a statement that the guard allows cannot share the transaction of a batch.
func (s *Session) fitsBatch(e guard.Effects) error {
	for _, rule := range []struct {
		broken bool
		why    string
	}{
		{e.Statements == 0, "the text is empty"},
		{e.Statements > 1, "the text holds several; queue each by itself"},
		{e.Begins || e.Ends, "it begins or ends a transaction; send the batch inside one of BeginTx"},
		{e.Savepoint, "it moves between savepoints; send it by itself"},
		{e.SetsTx, "it configures a transaction; give BeginTx the options"},
		{e.SetsSession, "it changes the session; send it by itself, or use SET LOCAL"},
		{e.Calls && !s.inTransaction(), "a procedure may commit; send it by itself, or the batch inside a transaction"},
	} {
		if rule.broken {
			return fmt.Errorf("%w: %s", ErrNotInBatch, rule.why)
		}
	}
	return nil
}

// BatchNeedsTx reports whether a batch must be sent in a transaction of its own: where transactions are pinned, since
// pgx sends a batch in several or past the filter, and on Citus, which runs a pipeline's statements in one each. A
// first batch finds the latter out in Begin, which then gives [ErrBatchNeedsTx].
func (s *Session) BatchNeedsTx() bool {
	return !s.inTransaction() && (s.pins.local || s.shared.citus.distributed.Load())
}

// SendBatch lets send write the texts of a batch, past the filter if it has to.
func (s *Session) SendBatch(op *Operation, texts []string, send func() error) error {
	if s.filter == nil || !op.CannotCarryPin {
		return send()
	}
	return s.filter.Past(texts, send)
}
