package provision

import (
	"context"
	"database/sql"
)

// leaseTenants is how many tenants a bulk operation handles on one connection: the server keeps what it learnt of a
// tenant's tables for as long as the connection lives, 0.2 MB with DocEX's.
const leaseTenants = 500

// lease is the connection of one worker of a bulk operation. It is for one goroutine; release ends it.
type lease struct {
	db   *sql.DB
	conn *sql.Conn // nil between two
	used int
}

// get returns the connection for one more tenant.
func (l *lease) get(ctx context.Context) (*sql.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.used >= leaseTenants {
		l.retire()
	}
	if l.conn == nil {
		conn, err := l.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		l.conn = conn
	}
	l.used++
	return l.conn, nil
}

// release gives the connection back to the pool, which throws it away when it is broken; so it is also for after an
// error.
func (l *lease) release() {
	if l.conn != nil {
		l.conn.Close() // sql.ErrConnDone for one that broke, which is released already
	}
	l.conn, l.used = nil, 0
}

// retire has the pool close the connection.
func (l *lease) retire() {
	if l.conn != nil {
		discard(l.conn)
	}
	l.release()
}
