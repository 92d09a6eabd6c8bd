package driver

import (
	"fmt"

	"github.com/jackc/pgx/v5"
)

// A pooler in transaction mode gives a client another server session from one Sync to the next. Of pgx's execution modes
// some finish a statement within one Sync, others parse it in one and bind it in the next (pgx 5.12.0, conn.go;
// TestExecModesOnTheWire watches them):
//
//	exec, simple_protocol   one Sync, always
//	cache_describe          one Sync for the execution, which parses anew; the description that a first Sync fetched
//	                        holds in every session, since types are the database's
//	cache_statement         two: Parse of a named statement, later Bind of that name. In another session the name is missing
//	                        (26000) or taken (42P05), unless the pooler tracks named statements, as PgBouncer does from 1.21
//	                        on with max_prepared_statements. Names are digests, so no other text can answer to one
//	describe_exec           two: Parse of the unnamed statement, then Bind of whatever the unnamed statement is. In another
//	                        session that is another client's statement, and no pooler tracks it
//
// The last runs text that the guard has not seen, for the wrong tenant. On any connection a pin that comes in front of the
// Bind parses into the unnamed statement, too. So describe_exec never goes with pins of transactions.

// execMode returns the mode in which pgx executes the statements of a connection. mode is what pgx read from the DSN;
// named says whether default_query_exec_mode stood there, or mode is pgx's own default; pooled, whether [PinAuto] found a
// pooler between it and the server. The error matches [ErrPooler] when the pooler is the reason.
//
// Not named, the mode is exec wherever transactions are pinned. With [PinTransaction] it is so on direct connections, too:
// modes differ in the types of arguments that they accept, so a program must not come to depend on what the network
// looks like.
func execMode(pin PinMode, pooled bool, mode pgx.QueryExecMode, named bool) (pgx.QueryExecMode, error) {
	if !pinsTransactions(pin, pooled) {
		return mode, nil
	}
	if !named {
		return pgx.QueryExecModeExec, nil
	}
	if err := checkExecMode(pin, pooled, mode); err != nil {
		return 0, err
	}
	return mode, nil
}

func pinsTransactions(pin PinMode, pooled bool) bool {
	return pin == PinTransaction || pin == PinAuto && pooled
}

// checkExecMode refuses modes that do not go with the pins of a connection. It is also for a mode among a statement's
// arguments, which overrides that of the connection.
func checkExecMode(pin PinMode, pooled bool, mode pgx.QueryExecMode) error {
	if !pinsTransactions(pin, pooled) {
		return nil
	}
	switch mode {
	case pgx.QueryExecModeExec, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeSimpleProtocol:
		return nil
	case pgx.QueryExecModeCacheStatement:
		if pin == PinTransaction {
			return nil // who names both vouches for a pooler that tracks prepared statements
		}
		return fmt.Errorf("%w: execution mode cache_statement: a prepared statement lives in one server session, and behind "+
			"a pooler Prepare and Execute may reach different ones; %s, or also set docex_pin=transaction if the pooler tracks "+
			"prepared statements (PgBouncer 1.21 or newer with max_prepared_statements)", ErrPooler, otherModes)
	case pgx.QueryExecModeDescribeExec:
		err := fmt.Errorf("execution mode describe_exec: the unnamed prepared statement is gone between Describe and Execute "+
			"where transactions are pinned; %s", otherModes)
		if pooled {
			err = fmt.Errorf("%w: %w", ErrPooler, err)
		}
		return err
	}
	return fmt.Errorf("unknown execution mode %d", mode)
}

const otherModes = "use exec (the default here), cache_describe or simple_protocol"
