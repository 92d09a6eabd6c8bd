package sqlparse

import (
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

var sink error

func BenchmarkCheckLimits(b *testing.B) {
	b.Run("100 bytes", func(b *testing.B) {
		sql := "SELECT a, b, c FROM documents WHERE id = $1 AND name LIKE 'x%' AND (c IS NULL OR d = 3) ORDER BY a;"
		b.ReportAllocs()
		for b.Loop() {
			sink = CheckLimits(sql, Limits{})
		}
	})
	for _, s := range append(flatShapes, hostileShapes...) {
		sql := s.build(tested / (len(s.build(2)) - len(s.build(1))))
		b.Run("8 MB of "+s.name, func(b *testing.B) {
			b.SetBytes(int64(len(sql)))
			for b.Loop() {
				sink = CheckLimits(sql, Limits{MaxBytes: 16 << 20, MaxTokens: 1 << 30})
			}
		})
	}
}

// BenchmarkParseAtLimits is what the worst statements within the default limits cost in the parser.
func BenchmarkParseAtLimits(b *testing.B) {
	for _, s := range flatShapes {
		sql := s.build(s.largest(tested))
		b.Run(s.name, func(b *testing.B) {
			for b.Loop() {
				_, sink = pg.Parse(sql)
			}
		})
	}
}
