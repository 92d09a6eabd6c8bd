package main

import (
	"context"
	"errors"
	"time"
)

var (
	// errTransactionLost: the statement has cost the connection, and with it an open transaction.
	errTransactionLost = errors.New("the connection is closed, and the transaction on it is rolled back")
	// errMayRun: a statement was cancelled, and the server did not confirm it.
	errMayRun = errors.New("the server does not confirm that the statement has ended: it may still run there")
)

// connect sees to it that there is a connection.
func (s *tenantSession) connect(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	conn, err := s.db.Conn(ctx)
	if err == nil {
		s.conn = conn
	}
	return err
}

// close ends the session. What was not committed is rolled back.
func (s *tenantSession) close() error {
	s.drop()
	return s.db.Close()
}

func (s *tenantSession) drop() {
	if s.conn != nil {
		_ = s.conn.Close() // it matters to nobody any more
		s.conn, s.tx = nil, txNone
	}
}

// abandon gives up the connection of a statement that failed with err. The error is what else that means, or nil.
func (s *tenantSession) abandon(err error) error {
	var consequences []error
	if isContextError(err) && s.conn != nil && !s.ended() {
		consequences = append(consequences, errMayRun)
	}
	if s.tx != txNone {
		consequences = append(consequences, errTransactionLost)
	}
	s.drop()
	return errors.Join(consequences...)
}

// isContextError reports whether an error is that of a context that has ended.
func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// confirmTimeout is how long to wait for a server that may be out of reach.
const confirmTimeout = 5 * time.Second

// ended waits until the server has ended a cancelled statement, of which pgx tells it in the background: a process that
// is gone before leaves the statement running.
func (s *tenantSession) ended() (ended bool) {
	err := s.conn.Raw(func(dc any) error {
		c, ok := dc.(interface{ CleanupDone() <-chan struct{} })
		if !ok {
			return nil
		}
		select {
		case <-c.CleanupDone():
			ended = true
		case <-time.After(confirmTimeout):
		}
		return nil
	})
	return ended || err != nil // with an error, database/sql has closed the connection in an orderly manner
}
