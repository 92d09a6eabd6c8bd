package sqlparse

import (
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/hostile"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// benchText is the statement of package guard's benchmarks.
const benchText = "SELECT id, name, created_at FROM documents WHERE basket_id = $1 AND status = 'active' ORDER BY " +
	"created_at DESC LIMIT 20"

// BenchmarkBareParser is what the C parser alone costs; BenchmarkNew of package guard is the same text with a verdict.
func BenchmarkBareParser(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pg.Parse(benchText); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseAtLimits is what the worst statements within the default limits cost in the parser.
func BenchmarkParseAtLimits(b *testing.B) {
	for _, family := range hostile.Flat {
		for _, s := range family.Shapes {
			sql := s.Build(largest(s, text.Limits{}, text.DefaultMaxBytes))
			b.Run(s.Name, func(b *testing.B) {
				for b.Loop() {
					_, sink = pg.Parse(sql)
				}
			})
		}
	}
}

var sink error

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(benchText, text.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
