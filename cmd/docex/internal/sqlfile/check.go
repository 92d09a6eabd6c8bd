package sqlfile

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/docex/docex/guard"
)

// RuleUnchecked is the rule of a [Problem], beside those of package guard.
const RuleUnchecked = "unchecked"

const unclearEnd = "it is not clear where the statement before this one ends"

// Checker holds files against a policy. Safe for concurrent use.
type Checker struct {
	guard  *guard.Guard
	schema string
}

// NewChecker returns a Checker for statements of a tenant with that schema. Statements are checked one by one, so the
// policy's MultiStatement does not matter.
func NewChecker(p guard.Policy, tenantSchema string) (*Checker, error) {
	p.MultiStatement = false
	g, err := guard.New(p)
	if err != nil {
		return nil, err
	}
	if err := g.Check(tenantSchema, "SELECT 1"); err != nil {
		return nil, err
	}
	return &Checker{g, tenantSchema}, nil
}

// Finding is a place that was refused.
type Finding struct {
	Rule         string // of package guard, or RuleUnchecked
	Object       string
	Reason, Hint string
	Statement    string // its name, when it has one
	Offset       int    // in the file, in bytes
	Line, Column int    // from 1; a column is a character
}

// Check returns what was refused in a file, in the order of places, and how many statements the file holds. It works on
// as many processors as Go has, and ends with the context's error.
func (c *Checker) Check(ctx context.Context, text string) (found []Finding, statements int, err error) {
	if d := c.encoding(text); d != nil {
		found = []Finding{fromDenial(d, Statement{})}
		locate(text, found)
		return found, 0, nil
	}
	all := Read(text)
	verdicts := make([]*Finding, len(all))
	err = inParallel(ctx, len(all), func(i int) { verdicts[i] = c.statement(text, all[i]) })
	if err != nil {
		return nil, 0, err
	}
	for i, v := range verdicts {
		if all[i].Text != "" {
			statements++
		}
		if v != nil {
			found = append(found, *v)
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Offset, b.Offset) })
	locate(text, found)
	return found, statements, nil
}

// statement returns nil for one that is allowed.
func (c *Checker) statement(text string, st Statement) *Finding {
	if p := st.Problem; p != nil {
		return &Finding{Rule: RuleUnchecked, Object: p.Object, Reason: p.Reason, Hint: p.Hint, Offset: p.Offset,
			Statement: st.Name}
	}
	d := c.denial(st.Text)
	if d == nil {
		return nil
	}
	if d.Rule == guard.RuleSyntax && st.Constants != "" {
		if as := c.denial(st.Constants); as != nil { // and never an allowance: nobody knows what the constants hold
			d = as
		}
	}
	if d.Rule == guard.RuleSyntax {
		if t := template(st, d); t != nil {
			return t
		}
	}
	f := fromDenial(d, st)
	switch {
	case d.Rule == guard.RuleMultiStatement:
		f.Rule, f.Reason, f.Hint = RuleUnchecked, unclearEnd, "write them into files of their own"
	case d.Rule == guard.RuleSyntax && strings.HasPrefix(st.Text[d.Offset:], argument) &&
		!strings.HasPrefix(text[f.Offset:], argument):
		f.Hint = "an argument stands for a value; write names and other parts of the statement out"
	}
	return &f
}

func (c *Checker) denial(sql string) *guard.Denial {
	err := c.guard.Check(c.schema, sql)
	var d *guard.Denial
	if err != nil && !errors.As(err, &d) {
		d = &guard.Denial{Rule: guard.RuleInternal, Reason: err.Error()}
	}
	return d
}

func fromDenial(d *guard.Denial, st Statement) Finding {
	return Finding{
		Rule: d.Rule.String(), Object: d.Object, Reason: d.Reason, Hint: d.Hint, Statement: st.Name,
		Offset: st.Offset + d.Offset,
	}
}

// batch is how many statements a goroutine takes at a time.
const batch = 32

// inParallel calls f for 0 to n-1.
func inParallel(ctx context.Context, n int, f func(int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+batch-1)/batch) {
		wg.Go(func() {
			for ctx.Err() == nil {
				start := int(next.Add(batch)) - batch
				if start >= n {
					return
				}
				for i := start; i < min(start+batch, n); i++ {
					f(i)
				}
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}
