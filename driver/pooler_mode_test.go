package driver

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

const (
	modeUnset     = pgx.QueryExecMode(0)
	modeStatement = pgx.QueryExecModeCacheStatement
	modeDescribe  = pgx.QueryExecModeCacheDescribe
	modeTwoTrips  = pgx.QueryExecModeDescribeExec
	modeExec      = pgx.QueryExecModeExec
	modeSimple    = pgx.QueryExecModeSimpleProtocol
)

func TestExecMode(t *testing.T) {
	const direct, pooled = false, true
	const byDefault, named = false, true
	for _, c := range []struct {
		pin    PinMode
		pooled bool
		mode   pgx.QueryExecMode
		named  bool
		want   pgx.QueryExecMode // unset: refused
	}{
		{PinAuto, direct, modeStatement, byDefault, modeStatement},
		{PinAuto, direct, modeStatement, named, modeStatement},
		{PinAuto, direct, modeTwoTrips, named, modeTwoTrips},
		{PinAuto, direct, modeDescribe, named, modeDescribe},
		{PinAuto, direct, modeExec, named, modeExec},
		{PinAuto, direct, modeSimple, named, modeSimple},

		{PinAuto, pooled, modeStatement, byDefault, modeExec},
		{PinAuto, pooled, modeStatement, named, modeUnset},
		{PinAuto, pooled, modeTwoTrips, named, modeUnset},
		{PinAuto, pooled, modeDescribe, named, modeDescribe},
		{PinAuto, pooled, modeExec, named, modeExec},
		{PinAuto, pooled, modeSimple, named, modeSimple},
		{PinAuto, pooled, 99, named, modeUnset},

		// The pooler is in session mode, or so the configuration says.
		{PinSession, direct, modeStatement, byDefault, modeStatement},
		{PinSession, pooled, modeStatement, byDefault, modeStatement},
		{PinSession, pooled, modeStatement, named, modeStatement},
		{PinSession, pooled, modeTwoTrips, named, modeTwoTrips},

		// The same on both kinds of connection.
		{PinTransaction, direct, modeStatement, byDefault, modeExec},
		{PinTransaction, pooled, modeStatement, byDefault, modeExec},
		{PinTransaction, direct, modeStatement, named, modeStatement},
		{PinTransaction, pooled, modeStatement, named, modeStatement},
		{PinTransaction, direct, modeTwoTrips, named, modeUnset},
		{PinTransaction, pooled, modeTwoTrips, named, modeUnset},
		{PinTransaction, direct, modeDescribe, named, modeDescribe},
		{PinTransaction, direct, modeExec, named, modeExec},
		{PinTransaction, direct, modeSimple, named, modeSimple},
		{PinTransaction, direct, 99, named, modeUnset},
	} {
		got, err := execMode(c.pin, c.pooled, c.mode, c.named)
		if got != c.want || (err != nil) != (c.want == modeUnset) {
			t.Errorf("%v, pooled %v, %v, named %v: got %v, %v; want %v", c.pin, c.pooled, c.mode, c.named, got, err, c.want)
		}
		if err == nil || c.mode == 99 {
			continue
		}
		if errors.Is(err, ErrPooler) != c.pooled {
			t.Errorf("%v, pooled %v, %v: got %v", c.pin, c.pooled, c.mode, err)
		}
		for _, alternative := range []string{"exec (the default", "cache_describe", "simple_protocol"} {
			if !strings.Contains(err.Error(), alternative) {
				t.Errorf("the error does not name %s: %v", alternative, err)
			}
		}
		if offers := strings.Contains(err.Error(), "docex_pin=transaction"); offers != (c.mode == modeStatement) {
			t.Errorf("%v: the error offers docex_pin=transaction: %v", c.mode, err)
		}
	}
}

// A mode among a statement's arguments is held to the same rules as one in the DSN.
func TestCheckExecMode(t *testing.T) {
	for _, pin := range []PinMode{PinAuto, PinSession, PinTransaction} {
		for _, pooled := range []bool{false, true} {
			for _, mode := range []pgx.QueryExecMode{modeStatement, modeDescribe, modeTwoTrips, modeExec, modeSimple} {
				_, want := execMode(pin, pooled, mode, true)
				if got := checkExecMode(pin, pooled, mode); (got != nil) != (want != nil) {
					t.Errorf("%v, pooled %v, %v: got %v, want %v", pin, pooled, mode, got, want)
				}
			}
		}
	}
}
