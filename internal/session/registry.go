package session

// noRole is what the pin function names for a tenant without a role of its own. Taking it on decides nothing.
const noRole = "none"

// answerColumns are, behind the login's weakness, what a pin that asks the registry returns first: whether the server is one
// of Citus, which runs the statements of a pipeline in transactions of their own, and the role. Nobody but Citus defines
// that setting; who sets it without Citus makes batches slower. p.shape is named so that the pin function of an older docex,
// which lacks it, is noticed.
const answerColumns = "pg_catalog.current_setting('citus.shard_count', true) IS NOT NULL, p.role_name, p.shape"

// answer is what the registry says of a tenant, and the server of itself.
type answer struct {
	weak  string // how the login walks past the second wall
	citus bool
	role  string
}

// parseAnswer reads the row. One that is not understood is no answer.
func parseAnswer(row [][]byte) (a answer, ok bool) {
	if len(row) < 3 || len(row[2]) == 0 {
		return answer{}, false
	}
	return answer{weak: string(row[0]), citus: string(row[1]) == "t", role: string(row[2])}, true
}
