package session

import "testing"

func TestMajorVersion(t *testing.T) {
	for reported, want := range map[string]int{
		"15.18 (Debian 15.18-0+deb12u1)": 15, "18.4": 18, "14.23": 14, "19devel": 19, "17beta1": 17, "": 0, "CockroachDB": 0,
	} {
		if got := majorVersion(reported); got != want {
			t.Errorf("majorVersion(%q) = %d, want %d", reported, got, want)
		}
	}
}
