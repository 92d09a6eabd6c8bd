package driver

import (
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgproto3"
)

// quickScrub and quickPin do what a pin does, as statements that a session prepares once. The server spends half the time
// on them: utility statements need no analysis when they run again, and quickPin, coming behind RESET ALL, always finds the
// search_path that it was planned for. Its columns are computed from left to right, so without the role nothing is set.
var quickScrub = slices.DeleteFunc(slices.Clone(scrub), func(s string) bool { return s == unlockAll })

const quickPin = "SELECT pg_catalog.set_config('role', $1, false), pg_catalog.set_config('search_path', $2, false), " +
	"pg_catalog.set_config('docex.tenant_id', $3, false), pg_catalog.set_config('docex.user_id', $4, false), " +
	"pg_catalog.pg_advisory_unlock_all()"

const quickPinName = "docex_s_pin"

// prepareQuick prepares them, and runScrub runs the former. What the session may have of those names is closed first;
// closing what is not there is no error.
var prepareQuick, runScrub = func() (prepare, run []byte) {
	prepareAs := func(name, sql string) {
		prepare = append(prepare, mustEncode(&pgproto3.Close{ObjectType: 'S', Name: name})...)
		prepare = append(prepare, mustEncode(&pgproto3.Parse{Name: name, Query: sql})...)
	}
	for i, s := range quickScrub {
		name := "docex_s_" + strconv.Itoa(i)
		prepareAs(name, s)
		run = append(run, mustEncode(&pgproto3.Bind{PreparedStatement: name})...)
		run = append(run, execute...)
	}
	prepareAs(quickPinName, quickPin)
	return prepare, run
}()

var execute = mustEncode(&pgproto3.Execute{})

// appendQuick appends the messages of a pin, without a Sync.
func appendQuick(buf []byte, values []string, prepared bool) ([]byte, error) {
	if !prepared {
		buf = append(buf, prepareQuick...)
	}
	buf = append(buf, runScrub...)
	parameters := make([][]byte, len(values))
	for i, v := range values {
		parameters[i] = []byte(v)
	}
	buf, err := (&pgproto3.Bind{PreparedStatement: quickPinName, Parameters: parameters}).Encode(buf)
	return append(buf, execute...), err
}
