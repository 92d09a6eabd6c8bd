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

// different checks texts one after the other that differ in some way. A first one was allowed before.
func different(b *testing.B, text func(i int) string) {
	g := mustNew(b, guard.Policy{})
	texts := make([]string, 1000)
	for i := range texts {
		texts[i] = text(i + 1)
	}
	if err := g.Check("tenant_acme", text(0)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := g.Check("tenant_acme", texts[i%len(texts)]); err != nil {
			b.Fatal(err)
		}
	}
}

// constants has other constants in each text.
func constants(i int) string {
	return fmt.Sprintf("SELECT id, name, created_at FROM documents WHERE basket_id = %d AND status = 's%d' LIMIT 20", i, i)
}

// trace is a comment as sqlcommenter writes it.
func trace(i int) string {
	return fmt.Sprintf("/*application='docs',controller='basket',route='%%2Fbaskets%%2F%d',"+
		"traceparent='00-%032x-%016x-01'*/", i, i, i)
}

func BenchmarkSameShape(b *testing.B) { different(b, constants) }

func BenchmarkCommentBehind(b *testing.B) {
	different(b, func(i int) string { return fmt.Sprintf(benchText, "") + " " + trace(i) })
}

func BenchmarkCommentInFront(b *testing.B) {
	different(b, func(i int) string { return trace(i) + " " + fmt.Sprintf(benchText, "") })
}

func BenchmarkCommentAndConstants(b *testing.B) {
	different(b, func(i int) string { return constants(i) + " " + trace(i) })
}

// BenchmarkNew compares with BenchmarkBareParser of package sqlparse, in the same run.
func BenchmarkNew(b *testing.B) {
	g := mustNew(b, guard.Policy{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := g.Check("tenant_acme", fmt.Sprintf(benchText, fmt.Sprintf(" d%d", i))); err != nil {
			b.Fatal(err)
		}
	}
}
