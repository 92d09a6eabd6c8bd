package guard_test

import (
	"fmt"
	"testing"

	"github.com/docex/docex/guard"
)

// The statement of DESIGN's target for verdicts; %s is made different where each text is to be a new one.
const benchText = "SELECT id, name, created_at FROM documents%s WHERE basket_id = $1 AND status = 'active' ORDER BY " +
	"created_at DESC LIMIT 20"

func BenchmarkCached(b *testing.B) {
	g := mustNew(b, guard.Policy{})
	sql := fmt.Sprintf(benchText, "")
	b.ReportAllocs()
	for b.Loop() {
		if err := g.Check("tenant_acme", sql); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCachedParallel(b *testing.B) {
	g := mustNew(b, guard.Policy{})
	sql := fmt.Sprintf(benchText, "")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := g.Check("tenant_acme", sql); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkSameShape(b *testing.B) {
	g := mustNew(b, guard.Policy{})
	texts := make([]string, 1000)
	for i := range texts {
		texts[i] = fmt.Sprintf("SELECT id, name, created_at FROM documents WHERE basket_id = %d AND status = 's%d' LIMIT 20",
			i, i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := g.Check("tenant_acme", texts[i%len(texts)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	g := mustNew(b, guard.Policy{})
	sql := fmt.Sprintf(benchText, "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.InspectAnew("tenant_acme", sql); err != nil {
			b.Fatal(err)
		}
	}
}
