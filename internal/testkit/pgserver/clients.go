package pgserver

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

var clientVersion = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// Clients returns a folder with pg_dump, pg_restore and psql of the major version of a server, whose version it takes
// as [Server.Version] has it: pg_dump refuses newer servers, and older ones do not know all that it writes. It looks
// in the same places as [Start]. The error says what to do.
func Clients(version int) (string, error) {
	s, major := machine(), strconv.Itoa(version/10000)
	for _, pattern := range append(append([]string{s.named}, s.path...), s.others()...) {
		for _, dir := range newestFirst(pattern) {
			if dir, err := filepath.Abs(dir); err == nil && hasClients(dir, major) {
				return dir, nil
			}
		}
	}
	return "", fmt.Errorf("no pg_dump, pg_restore and psql of PostgreSQL %s (Debian: apt-get install "+
		"postgresql-client-%[1]s; or run scripts/apt-client.sh, which has those of 18)", major)
}

func hasClients(dir, major string) bool {
	for _, program := range []string{"pg_dump", "pg_restore", "psql"} {
		out, err := exec.Command(filepath.Join(dir, program), "--version").Output()
		if found := clientVersion.FindSubmatch(out); err != nil || found == nil || string(found[1]) != major {
			return false
		}
	}
	return true
}
