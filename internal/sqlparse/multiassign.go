package sqlparse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// maxCopies bounds what multi-column assignments may add to a tree, in tokens. pg_query passes the source of
// SET (a, b, c) = source on once per column, so k columns make k copies, and nested ones multiply: measured, 356 bytes of
// text took 27 s, and a few more would have taken all memory. 100,000 copied tokens take about 0.4 s.
const maxCopies = 100_000

// checkMultiAssign refuses a text whose multi-column assignments would make too large a tree. It runs after CheckLimits,
// which keeps the scanner that it uses from harm; statements without an UPDATE in them do not get that far.
func checkMultiAssign(sql string) error {
	if !strings.Contains(strings.ToLower(sql), "update") {
		return nil
	}
	scan, err := pg.Scan(sql)
	if err != nil {
		return nil // the parser will say what is wrong
	}
	c := copies{groups: []copyGroup{{factor: 1, local: 1}}}
	total := 0
	for _, t := range scan.Tokens {
		if t.Token == pg.Token_SQL_COMMENT || t.Token == pg.Token_C_COMMENT {
			continue
		}
		c.token(t.Token)
		if total += c.top().effective() - 1; total > maxCopies {
			return &LimitError{Limit: "multi-column assignment", Offset: int(t.Start), Max: maxCopies}
		}
	}
	return nil
}

// copies follows brackets and knows how often the tree will hold the current token.
type copies struct {
	groups []copyGroup // open brackets; the first one stands for the whole text
	prev   pg.Token
	closed copyGroup // what prev closed, if it is a closing bracket
}

type copyGroup struct {
	factor int  // copies of the group
	local  int  // copies of the current place in it
	items  int  // commas directly in it
	target bool // stands where SET has its list of columns
}

// effective is capped so that it cannot overflow.
func (g *copyGroup) effective() int { return min(g.factor*g.local, maxCopies+2) }

func (c *copies) top() *copyGroup { return &c.groups[len(c.groups)-1] }

func (c *copies) token(t pg.Token) {
	top := c.top()
	switch t {
	case '(', '[':
		target := c.prev == pg.Token_SET || c.prev == ','
		c.groups = append(c.groups, copyGroup{factor: top.effective(), local: 1, target: target})
	case ')', ']':
		c.closed = *top
		if len(c.groups) > 1 {
			c.groups = c.groups[:len(c.groups)-1]
		}
	case '=':
		if c.prev == ')' && c.closed.target {
			top.local = c.closed.items + 1
		}
	case ',':
		top.items++
		top.local = 1
	case ';', pg.Token_WHERE, pg.Token_RETURNING:
		top.local = 1
	case pg.Token_FROM:
		if c.prev != pg.Token_DISTINCT { // IS DISTINCT FROM goes on with the source
			top.local = 1
		}
	}
	c.prev = t
}
