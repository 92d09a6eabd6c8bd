package sqlfile

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

// script returns n statements, no two of them alike.
func script(n int) string {
	var b strings.Builder
	for i := range n {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b,
				"SELECT id, name_%d, status FROM document WHERE id = $1 AND name <> 'x' ORDER BY created_at DESC LIMIT 10;\n", i)
		case 1:
			fmt.Fprintf(&b,
				"INSERT INTO document (id, name, c_%d) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name;\n",
				i)
		case 2:
			fmt.Fprintf(&b, "UPDATE document_metadata SET value_%d = @value, updated_at = now() WHERE document_id = @id;\n", i)
		case 3:
			fmt.Fprintf(&b,
				"WITH r_%d AS (SELECT d.id, count(*) AS n FROM document d JOIN docbasket b ON b.id = d.docbasket_id GROUP BY "+
					"d.id) "+
					"SELECT * FROM r_%[1]d WHERE n > 3;\n", i)
		case 4:
			fmt.Fprintf(&b, "DELETE FROM file_history WHERE id_%d = $1 AND changed_at < now() - interval '30 days';\n", i)
		}
	}
	return b.String()
}

// BenchmarkCheck10000 checks a file of 10,000 statements that no cache has seen.
func BenchmarkCheck10000(b *testing.B) {
	const n = 10_000
	text := script(n)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		c := mustChecker(b, guard.Policy{})
		found, statements, err := c.Check(context.Background(), text)
		if err != nil || len(found) > 0 || statements != n {
			b.Fatal(statements, found, err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "statements/s")
}

// BenchmarkRead is the part of it that takes the file apart.
func BenchmarkRead(b *testing.B) {
	text := script(10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Read(text)
	}
}
