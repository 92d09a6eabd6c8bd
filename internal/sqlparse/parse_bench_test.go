package sqlparse

import (
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// benchText is the statement of package guard's benchmarks.
const benchText = "SELECT id, name, created_at FROM documents WHERE basket_id = $1 AND status = 'active' ORDER BY created_at DESC LIMIT 20"

// BenchmarkBareParser is what the C parser alone costs; BenchmarkNew of package guard is the same text with a verdict.
func BenchmarkBareParser(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pg.Parse(benchText); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(benchText, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
