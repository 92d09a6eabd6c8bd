package pgserver

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
)

// Clients returns a folder with pg_dump, pg_restore and psql of the major version of a server, whose version it takes
// as [Server.Version] has it: pg_dump refuses newer servers, and older ones do not know all that it writes. It looks
// where [Start] looks for server programs. The error says what to do.
func Clients(version int) (string, error) { return machine().clients(version / 10000) }

func (s search) clients(major int) (string, error) {
	for _, place := range slices.Concat([]string{s.named}, s.path, s.others()) {
		for _, dir := range newestFirst(place) {
			if dir, err := filepath.Abs(dir); err == nil && hasClients(dir, major) {
				return dir, nil
			}
		}
	}
	return "", fmt.Errorf("no pg_dump, pg_restore and psql of PostgreSQL %d (Debian: apt-get install "+
		"postgresql-client-%[1]d; or run scripts/apt-client.sh, which has those of 18)", major)
}

var clientVersion = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

func hasClients(dir string, major int) bool {
	for _, program := range []string{"pg_dump", "pg_restore", "psql"} {
		out, err := exec.Command(filepath.Join(dir, program), "--version").Output()
		found := clientVersion.FindSubmatch(out)
		if err != nil || found == nil || string(found[1]) != fmt.Sprint(major) {
			return false
		}
	}
	return true
}
