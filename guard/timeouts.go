package guard

import (
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/docex/docex/internal/sqlparse"
)

// Timeouts are what SET LOCAL sets of the three settings that bound how long a transaction takes. 0 is one that is not
// set.
type Timeouts struct {
	Statement         time.Duration // statement_timeout
	Lock              time.Duration // lock_timeout
	IdleInTransaction time.Duration // idle_in_transaction_session_timeout
}

// NoTimeout is a timeout that is turned off.
const NoTimeout = time.Duration(math.MaxInt64)

// TimeoutSettings are the names of the settings, in the order of the fields of [Timeouts].
var TimeoutSettings = [3]string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"}

func (t *Timeouts) all() [3]*time.Duration {
	return [3]*time.Duration{&t.Statement, &t.Lock, &t.IdleInTransaction}
}

// Set sets the timeout of that name to the value of a setting, and reports whether it is one and can be read: a whole
// number, of milliseconds unless a unit follows (PostgreSQL manual, 20.1.1). 0 turns the timeout off.
func (t *Timeouts) Set(name, value string) bool {
	for i, timeout := range t.all() {
		if TimeoutSettings[i] != name {
			continue
		}
		d, ok := timeoutOf(value)
		*timeout = max(*timeout, d)
		return ok
	}
	return false
}

// Lower returns nil when no timeout is longer than the session's own, and otherwise the refusal.
func (t Timeouts) Lower(session Timeouts) error {
	own := session.all()
	for i, timeout := range t.all() {
		if *timeout > *own[i] {
			return &Denial{Rule: RuleSetting, Object: TimeoutSettings[i],
				Reason: "tenants may make it shorter than it is for the session, and not longer",
				Hint:   "set a shorter time, or add the setting to Policy.AllowSettings"}
		}
	}
	return nil
}

var timeoutValue = regexp.MustCompile(`^ *(0|[1-9][0-9]{0,9}) *(ms|s|min|h|d|) *$`)

var timeoutUnits = map[string]time.Duration{
	"": time.Millisecond, "ms": time.Millisecond, "s": time.Second, "min": time.Minute, "h": time.Hour,
	"d": 24 * time.Hour,
}

func timeoutOf(value string) (time.Duration, bool) {
	m := timeoutValue.FindStringSubmatch(value)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	switch unit := timeoutUnits[m[2]]; {
	case err != nil || n > math.MaxInt32*int64(time.Millisecond)/int64(unit):
		return 0, false // more than the server takes
	case n == 0:
		return NoTimeout, true
	default:
		return time.Duration(n) * unit, true
	}
}

// shortens allows SET LOCAL of a timeout, which ends with the transaction, and notes its value: whether it is shorter
// than the session's, the driver sees.
func (c *check) shortens(s sqlparse.Setting) bool {
	if c.st.Kind != sqlparse.KindSet || !s.Local {
		return false
	}
	return s.Valued && c.timeouts.Set(s.Name, s.Value)
}
