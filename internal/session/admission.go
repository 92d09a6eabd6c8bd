package session

import (
	"errors"
	"strings"

	"github.com/docex/docex/guard"
)

// admission is what the filter asks before it lets a text out ([wire.Admission]). It has the guard judge the text again,
// as it is on the wire: what nobody asked the guard about in Begin stops here.
type admission struct {
	guard Guard // nil: nothing but own may go out
	op    Operation
	tag   string // of the tenant
	own   string // a text of docex's own, or pgx's, that may go out; "" is none
}

// allow opens for an operation.
func (a *admission) allow(g Guard, op *Operation) {
	if a.tag == "" || a.op.Tenant != op.Tenant {
		a.tag = tag(op.Tenant)
	}
	a.guard, a.op, a.own = g, *op, op.sent
}

// allowOwn opens for one text.
func (a *admission) allowOwn(text string) { a.guard, a.own = nil, text }

// Owner is the tenant: a statement that was prepared for one is bound for no other. Beside a text of docex's own, no
// statement is bound.
func (a *admission) Owner() string {
	if a.guard == nil {
		return ""
	}
	return a.op.Tenant
}

var errNotAllowed = errors.New("docex: a text is not the one that was allowed")

// Text judges a text on its way out.
func (a *admission) Text(sql string) error {
	switch {
	case a.own != "" && sql == a.own:
		return nil
	case a.guard == nil:
		return errNotAllowed
	}
	effects, err := a.guard.Inspect(a.op.Schema, strings.TrimSuffix(sql, a.tag))
	var d *guard.Denial
	if errors.As(err, &d) && (d.Rule == guard.RuleMultiStatement || d.Rule == guard.RuleLimit) && interpolates(a.template(), sql) {
		return nil
	}
	if err == nil && exceeds(effects, a.op.Effects) {
		return errNotAllowed
	}
	return err
}

// exceeds reports whether a text does to the session or its transaction what the operation was not begun for: its pin
// was planned without that.
func exceeds(e, begun guard.Effects) bool {
	return e.Begins && !begun.Begins || e.Ends && !begun.Ends || e.Savepoint && !begun.Savepoint ||
		e.SetsTx && !begun.SetsTx || e.SetsSession && !begun.SetsSession || e.Calls && !begun.Calls
}

// template is what pgx makes in mode simple_protocol of what was allowed, with the arguments still to come.
func (a *admission) template() string {
	if a.op.Batch == nil {
		return a.op.Text + a.tag
	}
	var b strings.Builder
	for i, text := range a.op.Batch {
		if i > 0 {
			b.WriteString("\n;")
		}
		b.WriteString(text + a.tag)
	}
	return b.String()
}

// interpolates reports whether sql is the template with constants in place of placeholders, as pgx writes them: between
// spaces. The guard has refused templates in which a client could take something else for a placeholder.
func interpolates(template, sql string) bool {
	for template != "" {
		i := strings.IndexByte(template, '$')
		if i < 0 {
			i = len(template)
		}
		if !strings.HasPrefix(sql, template[:i]) {
			return false
		}
		template, sql = template[i:], sql[i:]
		if template == "" {
			break
		}
		rest := strings.TrimLeft(template[1:], "0123456789")
		if n := constant(sql); n > 0 && len(rest) < len(template)-1 {
			template, sql = rest, sql[n:]
		} else if sql != "" && sql[0] == '$' {
			template, sql = template[1:], sql[1:]
		} else {
			return false
		}
	}
	return sql == ""
}

// constant returns the length of the constant between spaces that s begins with, 0 when it begins with none: a string,
// or a word or number, in brackets when it is negative.
func constant(s string) int {
	body, ok := strings.CutPrefix(s, " ")
	if !ok {
		return 0
	}
	end := 0
	if strings.HasPrefix(body, "'") {
		for end = 1; ; end++ {
			i := strings.IndexByte(body[end:], '\'')
			if i < 0 {
				return 0
			}
			if end += i + 1; !strings.HasPrefix(body[end:], "'") {
				break // not a doubled quote
			}
		}
	} else {
		word := strings.TrimLeft(body, "(-+.0123456789abcdefghijklmnopqrstuvwxyzN)")
		end = len(body) - len(word)
	}
	if end == 0 || !strings.HasPrefix(body[end:], " ") {
		return 0
	}
	return end + 2
}
