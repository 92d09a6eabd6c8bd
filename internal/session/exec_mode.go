package session

import (
	"fmt"

	"github.com/docex/docex/internal/preparing"
	"github.com/jackc/pgx/v5"
)

// A pooler in transaction mode gives a client another server session from one Sync to the next. Of pgx's execution
// modes some finish a statement within one Sync, others parse it in one and bind it in the next (pgx 5.12.0, conn.go;
// TestExecModesOnTheWire watches them):
//
//	exec, simple_protocol   one Sync, always
//	cache_describe          one Sync for the execution, which parses anew; the description that a first Sync fetched
//	                        holds in every session, since types are the database's
//	cache_statement         two: Parse of a named statement, later Bind of that name. In another session the name is
//	                        missing (26000) or taken (42P05), unless the pooler tracks named statements. Names are
//	                        digests, so no other text can answer to one
//	describe_exec           two: Parse of the unnamed statement, then Bind of whatever it is by then: in another session
//	                        another client's, which no pooler tracks, and the guard has not seen. On any connection a
//	                        pin in front of the Bind parses into it, too. So it never goes with pins of transactions
//
// Not named, the mode is cache_describe wherever transactions are pinned: its values and errors are those of
// cache_statement, pgx's default. Modes exec and simple_protocol do not know the types of parameters and store other
// values, so nothing changes to them by itself.

// DescriptionCapacity is how many descriptions a connection keeps unless the DSN says otherwise: some 34 for each of
// 120 tenants, at half a kilobyte each.
const DescriptionCapacity = 4096

// PrepareConfig chooses pgx's execution mode, and how much it prepares, for a connection that is about to be made.
func (s *Shared) PrepareConfig(c *pgx.ConnConfig) {
	c.StatementCacheCapacity = preparing.Capacity(c, s.StatementsSized, int(s.statements.Load()))
	if !s.Pooled.Load() || s.ModeNamed {
		return
	}
	c.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	if c.DescriptionCacheCapacity == 0 {
		c.DescriptionCacheCapacity = DescriptionCapacity // the mode does not work without
	}
}

// Fits reports whether a connection was made with the execution mode that its pins need. One made now is.
func (s *Shared) Fits(n *Session) bool {
	if !n.pins.local || s.ModeNamed || n.mode == pgx.QueryExecModeCacheDescribe {
		return true
	}
	s.Pooled.Store(true)
	return false
}

// checkExecMode refuses modes that do not go with the pins of a session. The mode is the connection's, or the one among
// a statement's arguments, which overrides it.
func (s *Session) checkExecMode(mode pgx.QueryExecMode) error {
	if !s.pins.local {
		return nil
	}
	switch mode {
	case pgx.QueryExecModeExec, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeSimpleProtocol:
		return nil
	case pgx.QueryExecModeCacheStatement:
		if !s.pooler {
			return nil // where nobody has seen a pooler, or who names both vouches for one that tracks prepared statements
		}
		return fmt.Errorf("%w: execution mode cache_statement: a prepared statement lives in one server session, and behind "+
			"a pooler Prepare and Execute may reach different ones; %s, or also set docex_pin=transaction if the pooler tracks "+
			"prepared statements (PgBouncer 1.21 or newer with max_prepared_statements)", ErrPooler, otherModes)
	case pgx.QueryExecModeDescribeExec:
		err := fmt.Errorf("execution mode describe_exec: the unnamed prepared statement is gone between Describe and "+
			"Execute where transactions are pinned; %s", otherModes)
		if s.pooler {
			err = fmt.Errorf("%w: %w", ErrPooler, err)
		}
		return err
	}
	return fmt.Errorf("unknown execution mode %d", mode)
}

const otherModes = "use cache_describe (the default here), exec or simple_protocol"
