package session

import (
	"errors"
	"strings"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse/text"
)

// admission is what the filter asks before it lets a text out ([wire.Admission]). It has the guard judge the text
// again, as it is on the wire: what nobody asked the guard about in Begin stops here.
type admission struct {
	guard Guard // nil: nothing but own may go out, for nobody
	op    Operation
	own   string // a text of docex's own, or pgx's, that may go out; "" is none
}

// Owner is the tenant: a statement prepared for one is bound for no other, and beside a text of docex's own for nobody.
func (a *admission) Owner() string { return a.op.Tenant }

var errNotAllowed = errors.New("docex: a text is not the one that was allowed")

// Text judges a text on its way out.
func (a *admission) Text(sql string) error {
	switch {
	case a.own != "" && sql == a.own:
		return nil
	case a.guard == nil:
		return errNotAllowed
	}
	err := a.judge(strings.TrimSuffix(sql, a.op.tag))
	if err != nil && a.interpolated(sql) {
		return nil
	}
	return err
}

func (a *admission) judge(text string) error {
	effects, err := a.guard.Inspect(a.op.Schema, text)
	if err == nil && exceeds(effects, a.op.Effects) {
		return errNotAllowed
	}
	return err
}

// interpolated reports whether sql is what pgx makes in mode simple_protocol of the operation's texts and their
// arguments. The guard judges the texts then: with the arguments they can be several in one, too long, or hold a value
// of which the server is to say what is wrong with it. A planner extension may take a hint out of an argument, too.
func (a *admission) interpolated(sql string) bool {
	if _, unsafe := text.UnsafeHint(sql); unsafe {
		return false
	}
	texts := a.op.Batch
	if texts == nil {
		texts = []string{a.op.Text}
	}
	for _, t := range texts {
		if a.judge(t) != nil {
			return false
		}
	}
	template := strings.Join(texts, a.op.tag+"\n;") // as pgx writes a batch
	if a.op.Effects.Statements <= len(texts) {      // not several in one text
		template += a.op.tag
	}
	return text.Interpolates(template, sql)
}

// exceeds reports whether a text does to the session or its transaction what its pin was not planned for.
func exceeds(e, begun guard.Effects) bool {
	return e.Begins && !begun.Begins || e.Ends && !begun.Ends || e.Savepoint && !begun.Savepoint ||
		e.SetsTx && !begun.SetsTx || e.SetsSession && !begun.SetsSession || e.Calls && !begun.Calls
}
