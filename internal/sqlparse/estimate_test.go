package sqlparse

import (
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/hostile"
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// treeSize is the real number of messages inside one another in pg_query's output, which is what the C code recurses
// on, and the number of messages in all.
func treeSize(m protoreflect.Message) (depth, count int) {
	add := func(v protoreflect.Value) {
		d, n := treeSize(v.Message())
		depth, count = max(depth, d), count+n
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				add(v.List().Get(i))
			}
		default:
			add(v)
		}
		return true
	})
	return depth + 1, count + 1
}

// roomy are limits that refuse only what would cost the test's own process its stack or its memory.
var roomy = text.Limits{
	MaxBytes: 1 << 30, MaxTokens: text.DefaultMaxTokens, MaxDepth: 1 << 20,
	MaxChain: (threadStackSize() - stackBase) / stackPerLevel,
}

// messagesPerWeight is how large a tree can get for each token of MaxTokens ("-" makes an expression, its name and
// their wrappers), and messagesAround is what every tree has. More would mean that the parser writes parts of its tree
// out more than once, as for a multiple assignment.
const (
	messagesPerWeight = 4
	messagesAround    = 50
)

// checkEstimate fails when a text that parses would pass limits that its tree exceeds. It reports whether the text
// parses.
func checkEstimate(t interface {
	Helper()
	Fatalf(string, ...any)
}, sql string) bool {
	t.Helper()
	if text.CheckLimits(sql, roomy) != nil {
		return false
	}
	tree, err := pg.Parse(sql)
	if err != nil {
		return false
	}
	depth, count := treeSize(tree.ProtoReflect())
	low := roomy
	low.MaxChain = depth - 1
	if low.MaxChain > 0 && text.CheckLimits(sql, low) == nil {
		t.Fatalf("the tree is %d levels deep and passes a limit of %d: %s", depth, low.MaxChain, sql)
	}
	low = roomy
	low.MaxTokens = (count - messagesAround - 1) / messagesPerWeight
	if low.MaxTokens > 0 && text.CheckLimits(sql, low) == nil {
		t.Fatalf("the tree has %d messages and passes a limit of %d tokens: %s", count, low.MaxTokens, sql)
	}
	return true
}

func TestEstimateCoversShapes(t *testing.T) {
	for _, s := range hostile.Deep {
		for _, n := range []int{0, 1, 2, 3, 7, 20, 40} {
			if !checkEstimate(t, s.Build(n)) && 0 < n && n < 10 {
				_, err := pg.Parse(s.Build(n))
				t.Errorf("%v: size %d does not parse: %v", s, n, err)
			}
		}
	}
}
