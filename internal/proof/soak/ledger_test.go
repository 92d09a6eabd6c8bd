package soak

import "sync"

// outcome is how often an operation may have happened.
type outcome int

const (
	pending  outcome = iota // it is under way
	done                    // once
	undone                  // not at all
	doubtful                // once or not at all
)

// write is what is known of an operation.
type write struct {
	tenant  *tenant
	rows    int // that it leaves in entry when it happens
	outcome outcome
	detail  string // what happened, unless it is done
}

// ledger remembers every operation by its number. Safe for concurrent use.
type ledger struct {
	mu     sync.Mutex
	writes []write // guarded by mu
}

func (l *ledger) begin(t *tenant) (op int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, write{tenant: t})
	return int64(len(l.writes) - 1)
}

func (l *ledger) end(op int64, rows int, o outcome, detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &l.writes[op]
	if w.rows, w.outcome = rows, o; o != done {
		w.detail = detail
	}
}

// of returns what is known of a tenant's operations now, by their numbers.
func (l *ledger) of(t *tenant) map[int64]write {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := map[int64]write{}
	for op, w := range l.writes {
		if w.tenant == t {
			known[int64(op)] = w
		}
	}
	return known
}

func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = nil
}
