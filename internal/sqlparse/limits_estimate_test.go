package sqlparse

import (
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// treeSize is the real number of messages inside one another in pg_query's output, which is what the C code recurses on, and
// the number of messages in all.
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

// unlimited lets the estimate of any text in these tests come out.
var unlimited = Limits{MaxBytes: 1 << 30, MaxTokens: DefaultMaxTokens, MaxDepth: 1 << 20, MaxChain: 1 << 30}

// messagesPerWeight is how large a tree can get for each unit of weight ("-" makes an expression, its name and their
// wrappers). More would mean that the parser writes parts of its tree out more than once, as for a multiple assignment.
const messagesPerWeight = 4

// checkEstimate fails when the estimates for a text that parses are below the depth or the size of its tree. It reports
// whether the text parses.
func checkEstimate(t interface {
	Helper()
	Fatalf(string, ...any)
}, sql string) bool {
	t.Helper()
	found, fault := measure(sql, unlimited)
	if fault != nil || checkStack(found.depth, threadStackSize()) != nil {
		return false
	}
	tree, err := pg.Parse(sql)
	if err != nil {
		return false
	}
	depth, count := treeSize(tree.ProtoReflect())
	if found.depth < depth {
		t.Fatalf("estimate %d, tree is %d deep: %s", found.depth, depth, sql)
	}
	if int64(count) > 50+messagesPerWeight*found.weight {
		t.Fatalf("weight %d, tree has %d messages: %s", found.weight, count, sql)
	}
	return true
}

func TestEstimateCoversShapes(t *testing.T) {
	for _, s := range hostileShapes {
		for _, n := range []int{0, 1, 2, 3, 7, 20, 40} {
			if !checkEstimate(t, s.build(n)) && 0 < n && n < 10 {
				_, err := pg.Parse(s.build(n))
				t.Errorf("%v: size %d does not parse: %v", s, n, err)
			}
		}
	}
}
