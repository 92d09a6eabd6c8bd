package pgarchive

import (
	"errors"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

// connection is a DSN as libpq takes it.
type connection struct {
	text     string // keyword=value, without the password
	password string
	role     string // to be taken on after the log-in
}

// libpq are the settings of a DSN that mean the same to libpq (PostgreSQL manual, 34.1.2). The rest is pgx's own, or a
// setting of the session that has no meaning for an archive.
var libpq = []string{
	"host", "hostaddr", "port", "dbname", "user", "passfile", "connect_timeout", "client_encoding", "options", "sslmode",
	"sslnegotiation", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "ssl_min_protocol_version",
	"ssl_max_protocol_version", "channel_binding", "require_auth", "gssencmode", "krbsrvname", "target_session_attrs",
	"service", "servicefile", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
	"tcp_user_timeout",
}

var errDSN = errors.New("docex: the DSN cannot be read")

func newConnection(dsn string) (connection, error) {
	read := readPairs
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		read = readURL
	}
	settings, err := read(dsn)
	if err != nil {
		return connection{}, err
	}
	if name, ok := settings["database"]; ok { // pgx takes both
		settings["dbname"] = name
	}
	c := connection{password: settings["password"], role: settings["role"]}
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if slices.Contains(libpq, name) {
			pairs = append(pairs, name+"='"+escape.Replace(settings[name])+"'")
		}
	}
	c.text = strings.Join(pairs, " ")
	return c, nil
}

// readURL takes a URL apart, with several hosts too.
func readURL(dsn string) (map[string]string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, errDSN // url's errors repeat the text, password included
	}
	settings := map[string]string{}
	if u.User != nil {
		settings["user"] = u.User.Username()
		if password, ok := u.User.Password(); ok {
			settings["password"] = password
		}
	}
	var hosts, ports []string
	for part := range strings.SplitSeq(u.Host, ",") {
		host, port, err := net.SplitHostPort(part)
		if err != nil {
			host, port = strings.Trim(part, "[]"), ""
		}
		hosts, ports = append(hosts, host), append(ports, port)
	}
	if u.Host != "" {
		settings["host"], settings["port"] = strings.Join(hosts, ","), strings.Join(ports, ",")
	}
	if name := strings.TrimPrefix(u.Path, "/"); name != "" {
		settings["dbname"] = name
	}
	for name, values := range u.Query() {
		settings[name] = values[0]
	}
	return settings, nil
}

// readPairs takes keyword=value pairs apart: values may be in single quotes, and \ escapes.
func readPairs(dsn string) (map[string]string, error) {
	settings := map[string]string{}
	const blanks = " \t\n\r\f\v"
	for rest := strings.TrimLeft(dsn, blanks); rest != ""; rest = strings.TrimLeft(rest, blanks) {
		name, value, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, errDSN
		}
		value = strings.TrimLeft(value, blanks)
		var b strings.Builder
		quoted := strings.HasPrefix(value, "'")
		i := 0
		if quoted {
			i = 1
		}
		for ; i < len(value); i++ {
			if value[i] == '\\' && i+1 < len(value) {
				i++
			} else if quoted && value[i] == '\'' || !quoted && strings.IndexByte(blanks, value[i]) >= 0 {
				break
			}
			b.WriteByte(value[i])
		}
		if quoted && i >= len(value) {
			return nil, errDSN
		}
		rest = value[min(i+1, len(value)):]
		settings[strings.Trim(name, blanks)] = b.String()
	}
	return settings, nil
}
