package guard_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

// limits are the fields of guard.Limits, with the figures that their comments must give and a text that is beyond every
// default.
var limits = []struct {
	field        string
	set          func(l *guard.Limits, value int)
	normal, most int
	beyond       string
}{
	{"MaxBytes", func(l *guard.Limits, v int) { l.MaxBytes = v }, 4 << 20, 64 << 20, strings.Repeat(" ", 5<<20)},
	{"MaxTokens", func(l *guard.Limits, v int) { l.MaxTokens = v }, 500_000, 4_000_000, strings.Repeat("1 ", 600_000)},
	{"MaxDepth", func(l *guard.Limits, v int) { l.MaxDepth = v }, 200, 2000, strings.Repeat("(", 210)},
	{"MaxChain", func(l *guard.Limits, v int) { l.MaxChain = v }, 500, 4000, "SELECT 1" + strings.Repeat("+1", 300)},
}

// TestLimitsDefault: a field that is 0 refuses what is beyond its default, and another one takes the default's place.
func TestLimitsDefault(t *testing.T) {
	for _, c := range limits {
		var l guard.Limits
		refusal := func() string {
			var d *guard.Denial
			err := mustNew(t, guard.Policy{Limits: l}).Check("tenant_acme", c.beyond)
			if errors.As(err, &d) && d.Rule == guard.RuleLimit {
				return d.Reason
			}
			return ""
		}
		if want := fmt.Sprintf("more than %d ", c.normal); !strings.Contains(refusal(), want) {
			t.Errorf("%s: got %q, want %q in it", c.field, refusal(), want)
		}
		c.set(&l, c.normal/2)
		if want := fmt.Sprintf("more than %d ", c.normal/2); !strings.Contains(refusal(), want) {
			t.Errorf("%s, half: got %q, want %q in it", c.field, refusal(), want)
		}
		c.set(&l, 2*c.normal)
		if got := refusal(); got != "" {
			t.Errorf("%s, double: got %q", c.field, got)
		}
	}
}

// TestNewRefusesLimits: a field that is negative or above its maximum is named.
func TestNewRefusesLimits(t *testing.T) {
	for _, c := range limits {
		for _, value := range []int{-1, c.most + 1} {
			var l guard.Limits
			c.set(&l, value)
			_, err := guard.New(guard.Policy{Limits: l})
			if err == nil || !strings.Contains(err.Error(), "Limits: "+c.field) {
				t.Errorf("%s = %d: %v", c.field, value, err)
			}
		}
	}
}

// TestLimitsDocumented: users of the package see each field with the figures that are in force.
func TestLimitsDocumented(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "limits.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok {
			comments[f.Names[0].Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
		}
		return true
	})
	for _, c := range limits {
		got := strings.ReplaceAll(comments[c.field], ",", "")
		if want := fmt.Sprintf("Default %d", c.normal); !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %q", c.field, got, want)
		}
		if want := fmt.Sprintf("maximum %d", c.most); !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %q", c.field, got, want)
		}
	}
	if len(comments) != len(limits) {
		t.Errorf("the struct has %d fields, the test knows %d", len(comments), len(limits))
	}
}
