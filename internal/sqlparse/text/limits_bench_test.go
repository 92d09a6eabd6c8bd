package text

import (
	"testing"

	"github.com/docex/docex/internal/testkit/hostile"
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
	for _, family := range append(hostile.Flat, hostile.Family{Name: "deep", Shapes: hostile.Deep}) {
		for _, s := range family.Shapes {
			sql := s.Build(8 << 20 / s.PerItem())
			b.Run("8 MB of "+s.Name, func(b *testing.B) {
				b.SetBytes(int64(len(sql)))
				for b.Loop() {
					sink = CheckLimits(sql, Limits{MaxBytes: 16 << 20, MaxTokens: 1 << 30})
				}
			})
		}
	}
}
