package main

import (
	"database/sql"
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
	db, err := openAppWith(cfg, "default_query_exec_mode", "exec")
	if err != nil {
		return nil, err
	}
	return &tenantSession{db: db, uc: uc}, nil
}

// openAppWith is openApp with settings that take the place of the DSN's: name, value, …
func openAppWith(cfg config.Config, settings ...string) (*sql.DB, error) {
	dsn, err := cfg.Database.AppDSN.Expand("database.app_dsn")
	if err != nil {
		return nil, err
	}
	return openGuarded(cfg, withSettings(dsn, settings))
}

// withSettings returns a DSN, in either form that pgx takes, with other values for some parameters.
func withSettings(dsn string, settings []string) string {
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
