package session

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

const (
	modeStatement = pgx.QueryExecModeCacheStatement
	modeDescribe  = pgx.QueryExecModeCacheDescribe
	modeTwoTrips  = pgx.QueryExecModeDescribeExec
	modeExec      = pgx.QueryExecModeExec
	modeSimple    = pgx.QueryExecModeSimpleProtocol
	modeUnknown   = pgx.QueryExecMode(99)
)

// A mode that the DSN names stays; without a name it is one that goes with the pins and knows the types of parameters.
func TestPrepareConfig(t *testing.T) {
	for _, tt := range []struct {
		pooled, named bool
		mode, want    pgx.QueryExecMode
		capacity      int
		wantCapacity  int
	}{
		{pooled: false, named: false, mode: modeStatement, want: modeStatement},
		{pooled: false, named: true, mode: modeExec, want: modeExec},
		{pooled: true, named: true, mode: modeStatement, want: modeStatement},
		{pooled: true, named: true, mode: modeExec, want: modeExec},
		{pooled: true, named: false, mode: modeStatement, want: modeDescribe, wantCapacity: DescriptionCapacity},
		{pooled: true, named: false, mode: modeStatement, want: modeDescribe, capacity: 7, wantCapacity: 7},
	} {
		s := NewShared(Config{ModeNamed: tt.named})
		s.Pooled.Store(tt.pooled)
		c := &pgx.ConnConfig{DefaultQueryExecMode: tt.mode, DescriptionCacheCapacity: tt.capacity}
		s.PrepareConfig(c)
		if c.DefaultQueryExecMode != tt.want || c.DescriptionCacheCapacity != tt.wantCapacity {
			t.Errorf("%+v: got %v, %d descriptions", tt, c.DefaultQueryExecMode, c.DescriptionCacheCapacity)
		}
	}
}

// Modes that need a server session of their own are refused where transactions are pinned, in the DSN and among
// arguments.
func TestCheckExecMode(t *testing.T) {
	for _, tt := range []struct {
		local, pooler bool
		refused       []pgx.QueryExecMode
	}{
		{false, false, nil},
		{true, false, []pgx.QueryExecMode{modeTwoTrips, modeUnknown}}, // on request, or where nothing is proved
		{true, true, []pgx.QueryExecMode{modeStatement, modeTwoTrips, modeUnknown}},
	} {
		s := &Session{pins: newPins(Config{}, tt.local), placement: placement{local: tt.local, pooler: tt.pooler}}
		refused := map[pgx.QueryExecMode]bool{}
		for _, mode := range tt.refused {
			refused[mode] = true
		}
		for _, mode := range []pgx.QueryExecMode{modeStatement, modeDescribe, modeTwoTrips, modeExec, modeSimple, modeUnknown} {
			err := s.checkExecMode(mode)
			if (err != nil) != refused[mode] {
				t.Errorf("local %t, pooler %t, %v: %v", tt.local, tt.pooler, mode, err)
			}
			if err != nil && mode != modeUnknown {
				wantAdvice(t, err, mode, tt.pooler)
			}
		}
	}
}

func wantAdvice(t *testing.T, err error, mode pgx.QueryExecMode, pooler bool) {
	t.Helper()
	if errors.Is(err, ErrPooler) != pooler {
		t.Errorf("%v, pooler %t: %v", mode, pooler, err)
	}
	for _, alternative := range []string{"cache_describe (the default", "exec", "simple_protocol"} {
		if !strings.Contains(err.Error(), alternative) {
			t.Errorf("the error does not name %s: %v", alternative, err)
		}
	}
	if offers := strings.Contains(err.Error(), "docex_pin=transaction"); offers != (mode == modeStatement) {
		t.Errorf("%v: the error offers docex_pin=transaction: %v", mode, err)
	}
}
