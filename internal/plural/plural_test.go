package plural

import "testing"

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64][2]string{
		0: {"0 tenants", "0 differ"}, 1: {"1 tenant", "1 differs"}, 2: {"2 tenants", "2 differ"},
	} {
		if got := [2]string{Count(n, "tenant"), Verb(n, "differ")}; got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for noun, want := range map[string]string{
		"index": "2 indexes", "operator family": "2 operator families", "operator class": "2 operator classes",
		"extended statistics": "2 extended statistics",
	} {
		if got := Count(2, noun); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
