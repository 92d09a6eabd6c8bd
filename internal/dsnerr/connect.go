package dsnerr

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// refusedTLS ends pgx's line about a server without TLS. With sslmode=prefer, which is the default, pgx goes on
// without.
const refusedTLS = "tls error: server refused TLS connection"

// Text returns err's text. What pgx says of a connection that failed is cut down to why: pgx tells of each of its
// attempts, also of the same one twice, and of TLS, which the server need not have, where something else was in the
// way.
func Text(err error) string {
	text := err.Error()
	var failed *pgconn.ConnectError
	if !errors.As(err, &failed) {
		return text
	}
	whole := failed.Error()
	return strings.Replace(text, whole, lastCauses(whole), 1)
}

func lastCauses(text string) string {
	lines := strings.Split(text, "\n")
	var kept []string
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		said := func(earlier string) bool { return strings.HasSuffix(earlier, line) }
		if !slices.ContainsFunc(kept, said) {
			kept = append(kept, line)
		}
	}
	isTLS := func(line string) bool { return strings.HasSuffix(line, refusedTLS) }
	if others := slices.DeleteFunc(slices.Clone(kept), isTLS); len(others) > 0 {
		kept = others
	}
	switch len(kept) {
	case 0:
		return text
	case 1:
		return lines[0] + " " + kept[0]
	}
	return lines[0] + "\n\t" + strings.Join(kept, "\n\t")
}
