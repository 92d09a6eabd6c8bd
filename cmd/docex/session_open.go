package main

import (
	"net/url"
	"strings"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/scope"
)

// openSession opens a session on the application's handle, for the tenant and user of uc. It does not connect.
func openSession(cfg config.Config, uc scope.UserContext) (*tenantSession, error) {
	if err := uc.Validate(); err != nil {
		return nil, err
	}
	// In this mode the server takes arguments and returns values as text.
	db, err := openApp(cfg, "default_query_exec_mode", "exec")
	if err != nil {
		return nil, err
	}
	return &tenantSession{db: db, uc: uc}, nil
}

// withSettings returns a DSN, in either form that pgx takes, with other values for some parameters: name, value, and so
// on.
func withSettings(dsn string, settings []string) string {
	if len(settings) == 0 {
		return dsn
	}
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		for i := 0; i < len(settings); i += 2 {
			dsn += " " + settings[i] + "=" + settings[i+1] // the last one counts
		}
		return dsn
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // the driver says what is wrong with it, without its passwords
	}
	query := u.Query()
	for i := 0; i < len(settings); i += 2 {
		query.Set(settings[i], settings[i+1])
	}
	u.RawQuery = query.Encode()
	return u.String()
}
