package provision

import (
	"errors"
	"testing"
)

func TestServerCheck(t *testing.T) {
	good := server{version: 150000, encoding: "UTF8", conforming: "on", identifierBytes: 63, createSchema: true}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*server)
		want   error
	}{
		{func(s *server) { s.version = 149999 }, ErrServerVersion},
		{func(s *server) { s.encoding = "LATIN1" }, ErrServerSettings},
		{func(s *server) { s.conforming = "off" }, ErrServerSettings},
		{func(s *server) { s.identifierBytes = 31 }, ErrServerSettings},
		{func(s *server) { s.createSchema = false }, ErrPrivileges},
	} {
		s := good
		c.change(&s)
		if err := s.check(); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", s, err, c.want)
		}
	}
}

func TestAppRoleCheck(t *testing.T) {
	for _, c := range []struct {
		role    appRole
		version int
		roles   bool
		ok      bool
	}{
		{appRole{exists: true, login: true}, 150000, true, true},
		{appRole{exists: true, login: true, inherits: true}, 150000, true, false},
		{appRole{exists: true, login: true, inherits: true}, 160000, true, true},
		{appRole{exists: true, login: true, inherits: true}, 150000, false, true},
		{appRole{exists: true, login: true, inherits: true, super: true}, 150000, true, true},
		{appRole{exists: true}, 180000, true, false},
		{appRole{}, 180000, true, false},
	} {
		if err := c.role.check(Config{}, c.version, c.roles); (err == nil) != c.ok || err != nil &&
			!errors.Is(err, ErrAppRole) {
			t.Errorf("%+v on %d: %v", c.role, c.version, err)
		}
	}
	super := appRole{exists: true, login: true, super: true}
	if err := super.check(Config{AppRole: "app"}, 180000, true); !errors.Is(err, ErrAppRole) {
		t.Errorf("a superuser that was chosen: %v", err)
	}
}
