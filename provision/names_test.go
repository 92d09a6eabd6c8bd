package provision

import (
	"strings"
	"testing"

	"github.com/docex/docex/scope"
)

// Names never collide: within an installation the id decides, and the installation is in every name.
func TestTenantRoleNamesNeverCollide(t *testing.T) {
	long := strings.Repeat("x", scope.MaxTenantIDLen-1)
	ids := []string{"a", "a-b", "a_b", "0", long, long + "a", long + "b"}
	for n := 40; n < len(long); n++ {
		ids = append(ids, long[:n], long[:n-1]+"y")
	}
	seen := map[string]string{}
	for _, installation := range []string{"00000000", "0badcafe"} {
		seen[sharedRoleName(installation)] = installation
		for _, id := range ids {
			name, of := tenantRoleName(installation, id), installation+" "+id
			if len(name) > maxName {
				t.Errorf("%s has %d bytes", name, len(name))
			}
			if other, ok := seen[name]; ok {
				t.Errorf("%q and %q share the role %s", of, other, name)
			}
			seen[name] = of
		}
	}
}

func TestLockKeysDiffer(t *testing.T) {
	keys := map[int64]bool{}
	for _, k := range [][2]string{{"s", ""}, {"s", "a"}, {"s", "b"}, {"sa", ""}, {"sa", "b"}} {
		keys[lockKey(k[0], k[1])] = true
	}
	if len(keys) != 5 {
		t.Errorf("%d different keys, want 5", len(keys))
	}
}

func TestExpandQuotesAndDoesNotRescan(t *testing.T) {
	got := expand("GRANT {{a}} TO {{b}}", "a", `x"{{b}}`, "b", "y")
	if want := `GRANT "x""{{b}}" TO "y"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
