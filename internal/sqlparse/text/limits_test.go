package text

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/corpus"
	"github.com/docex/docex/internal/testkit/hostile"
)

const corpusFile = "../../../testdata/guard/corpus.jsonl"

// TestCorpusPasses: every statement that the guard has to allow keeps the limits.
func TestCorpusPasses(t *testing.T) {
	allowed := 0
	for _, v := range corpus.Load(t, corpusFile) {
		if v.Expect != "allow" {
			continue
		}
		allowed++
		if err := CheckLimits(v.SQL, Limits{}); err != nil {
			t.Errorf("%s: %v", v.ID, err)
		}
	}
	if allowed == 0 {
		t.Fatal("the corpus allows nothing")
	}
}

func TestLimitErrors(t *testing.T) {
	for _, c := range []struct {
		sql    string
		limits Limits
		limit  string
		offset int
		most   int
	}{
		{strings.Repeat(" ", 4<<20+1), Limits{}, "bytes", 4 << 20, 4 << 20},
		{strings.Repeat("1 ", 500_001), Limits{}, "tokens", 1_000_000, 500_000},
		{strings.Repeat("(", 201), Limits{}, "nesting", 200, 200},
		{"SELECT 1" + strings.Repeat("+1", 300), Limits{}, "chain", 8 + 2*237, 500},
		{"SELECT 1", Limits{MaxBytes: 7}, "bytes", 7, 7},
		{"SELECT 1, 2", Limits{MaxTokens: 4}, "tokens", 10, 4},
		{"SELECT ((1))", Limits{MaxDepth: 1}, "nesting", 8, 1},
		{"SELECT CASE WHEN (1) THEN 2 END", Limits{MaxDepth: 1}, "nesting", 17, 1},
		{"SELECT 1+1+1+1", Limits{MaxChain: 30}, "chain", 12, 30},
		{"SELECT " + strings.Repeat("--\n", 2001) + "1", Limits{}, "comments", 7 + 2000*3 + 2, 2000},
		{"SELECT 1" + strings.Repeat("+", 33) + "1", Limits{}, "operators", 8 + 32, 32},
		{"SELECT 1" + strings.Repeat("@", 1025) + "1", Limits{}, "operator-run", 8, 1024},
		{"UPDATE t SET (a,b,c)=(SELECT '" + strings.Repeat("x", 3<<20) + "')", Limits{}, "tokens", 29, 500_000},
	} {
		var fault *LimitError
		if err := CheckLimits(c.sql, c.limits); !errors.As(err, &fault) {
			t.Errorf("%.40s: error %v", c.sql, err)
		} else if want := (LimitError{c.limit, c.offset, c.most}); *fault != want {
			t.Errorf("%.40s: %+v, want %+v", c.sql, *fault, want)
		}
	}
}

// TestCopies is about the multiple assignment, whose right side pg_query writes out once for each column: 20 of two
// columns in one another would take 2^20 copies, which ended in an out-of-memory kill.
func TestCopies(t *testing.T) {
	nested := func(n int) string {
		return "SELECT " + strings.Repeat("(WITH a AS (UPDATE a SET (a,b)=", n) +
			"(SELECT 1)" + strings.Repeat(") SELECT 1)", n)
	}
	if err := CheckLimits(nested(5), Limits{}); err != nil {
		t.Error(err)
	}
	for n := 16; n < 30; n++ {
		if CheckLimits(nested(n), Limits{}) == nil {
			t.Errorf("%d assignments in one another pass", n)
		}
	}
	comparison := "SELECT 1 WHERE " + strings.Repeat("(a, b) = (1, 2) AND ", 1000) + "true"
	if err := CheckLimits(comparison, Limits{}); err != nil {
		t.Errorf("comparisons of rows: %v", err)
	}
}

func TestValidateRange(t *testing.T) {
	most := Limits{MaxBytes: 64 << 20, MaxTokens: 4_000_000, MaxDepth: 2000, MaxChain: 4000}
	for _, l := range []Limits{{}, most} {
		if err := l.Validate(); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
	for _, l := range []Limits{
		{MaxBytes: -1}, {MaxTokens: -1}, {MaxDepth: -1}, {MaxChain: -1},
		{MaxBytes: most.MaxBytes + 1}, {MaxTokens: most.MaxTokens + 1}, {MaxDepth: most.MaxDepth + 1},
		{MaxChain: most.MaxChain + 1},
	} {
		if l.Validate() == nil {
			t.Errorf("%+v is valid", l)
		}
	}
}

// TestPastLimits refuses each deep shape at every larger size, up to 8 MB, whatever its length.
func TestPastLimits(t *testing.T) {
	passes := func(sql string) bool { return CheckLimits(sql, Limits{MaxBytes: 1 << 30}) == nil }
	for _, s := range hostile.Deep {
		for n := s.Largest(1<<17, passes) + 1; n*s.PerItem() < 8<<20; n *= 4 {
			if passes(s.Build(n)) {
				t.Errorf("%v of size %d is let through", s, n)
			}
		}
	}
}

func TestCheckLimitsAllocatesNothing(t *testing.T) {
	sql := "SELECT a, b FROM t WHERE id = $1 AND name LIKE 'x%' AND (c IS NULL OR d IN (1, 2, 3)) ORDER BY 1"
	if n := testing.AllocsPerRun(100, func() { _ = CheckLimits(sql, Limits{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
