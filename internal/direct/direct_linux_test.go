package direct

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// Loopback addresses prove nothing by themselves: the server process must be one of this host's.
func TestLoopbackNeedsTheServersProcess(t *testing.T) {
	for name, pid := range map[string]string{
		"another program": strconv.Itoa(os.Getpid()), "no process": "0", "no id": "../self",
	} {
		direct, why := proveLoopback("because", pid)
		if direct || !strings.HasPrefix(why, "not proved direct: loopback addresses") {
			t.Errorf("%s: %t, %s", name, direct, why)
		}
	}
}
