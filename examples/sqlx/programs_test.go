package sqlx

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	after "github.com/docex/docex/examples/sqlx/after/app"
	afterweb "github.com/docex/docex/examples/sqlx/after/web"
	before "github.com/docex/docex/examples/sqlx/before/app"
	beforeweb "github.com/docex/docex/examples/sqlx/before/web"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// client asks a server with a token.
type client struct {
	t          *testing.T
	url, token string
}

// ask sends a request, wants a status, and returns the body.
func (c client) ask(method, path, body string, want int) string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if answer.StatusCode != want {
		c.t.Fatalf("%s: %s %s: status %d, want %d: %s", c.token, method, path, answer.StatusCode, want, text)
	}
	return string(text)
}

// names returns the names in a list that a path answers.
func (c client) names(path string) string {
	c.t.Helper()
	var rows []struct{ Name string }
	if err := json.Unmarshal([]byte(c.ask("GET", path, "", 200)), &rows); err != nil {
		c.t.Fatal(err)
	}
	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
	}
	return strings.Join(names, " ")
}

func (c client) wantNames(path, want string) {
	c.t.Helper()
	if got := c.names(path); got != want {
		c.t.Errorf("%s: %s: %q, want %q", c.token, path, got, want)
	}
}

// work does what users do. The customer has no documents before; afterwards it has the baskets mail and archive, and
// the documents a.txt, b.txt and old.txt, which has expired. It returns the id of a.txt.
func (c client) work() (document int64) {
	c.t.Helper()
	var mail, archive, a struct{ ID int64 }
	create := func(v any, path, body string) {
		if err := json.Unmarshal([]byte(c.ask("POST", path, body, 201)), v); err != nil {
			c.t.Fatal(err)
		}
	}
	create(&mail, "/baskets", `{"name": "mail"}`)
	create(&archive, "/baskets", `{"name": "old"}`)
	c.ask("POST", "/baskets", `{"name": "mail"}`, 409)
	c.ask("POST", "/baskets", `{"name": ""}`, 422)
	c.ask("PUT", fmt.Sprintf("/baskets/%d", archive.ID), `{"name": "mail"}`, 409)
	c.ask("PUT", fmt.Sprintf("/baskets/%d", archive.ID), `{"name": "archive"}`, 204)

	into := fmt.Sprintf("/baskets/%d", mail.ID)
	create(&a, into+"/documents", `{"name": "a.txt", "body": "the letters of `+c.token+`", "tags": ["letter", "new"],
		"metadata": {"lang": "en", "from": "`+c.token+`"}}`)
	c.ask("POST", into+"/documents", `{"name": "a.txt"}`, 409)
	c.ask("POST", "/baskets/999999/documents", `{"name": "a.txt"}`, 404)
	c.ask("POST", into+"/import", `[{"name": "b.txt", "tags": ["letter"]}, {"name": "c.txt"},
		{"name": "old.txt", "expires_at": "2020-01-01T00:00:00Z"}]`, 201)
	c.ask("POST", into+"/import", `[{"name": "d.txt"}, {"name": "b.txt"}]`, 409)
	c.ask("DELETE", into, "", 409)

	c.wantNames(into+"/documents", "a.txt b.txt c.txt old.txt")
	c.wantNames(fmt.Sprintf("%s/documents?after=%d&limit=2", into, a.ID), "b.txt c.txt")
	c.wantNames(fmt.Sprintf("/documents?ids=%d,999999", a.ID), "a.txt")
	c.wantNames("/search?q=letter", "a.txt")
	c.wantNames("/search?prefix=B&tag=letter", "b.txt")
	c.wantNames("/search?meta=lang:en&meta=from:"+c.token+"&since=2020-01-01T00:00:00Z", "a.txt")
	tags := strings.TrimSpace(c.ask("GET", "/tags?limit=1", "", 200))
	if want := `[{"tag":"letter","documents":2}]`; tags != want {
		c.t.Errorf("tags: %s, want %s", tags, want)
	}

	path := fmt.Sprintf("/documents/%d", a.ID)
	c.ask("PATCH", path+"/metadata", `{"lang": "de", "pages": "3"}`, 204)
	c.ask("DELETE", path+"/metadata/pages", "", 204)
	c.ask("DELETE", path+"/metadata/pages", "", 404)
	if got := c.ask("GET", path, "", 200); !strings.Contains(got, `"metadata":{"from":"`+c.token+`","lang":"de"}`) {
		c.t.Errorf("document: %s", got)
	}
	moved := c.ask("POST", fmt.Sprintf("/baskets/%d/move", archive.ID), fmt.Sprintf(`{"documents": [%d]}`, a.ID), 200)
	if strings.TrimSpace(moved) != `{"moved":1}` {
		c.t.Errorf("move: %s", moved)
	}
	var found []struct{ ID int64 }
	if err := json.Unmarshal([]byte(c.ask("GET", "/search?prefix=c", "", 200)), &found); err != nil || len(found) != 1 {
		c.t.Fatalf("%v: %v", found, err)
	}
	c.ask("DELETE", fmt.Sprintf("/documents/%d", found[0].ID), "", 204)
	c.wantNames(fmt.Sprintf("/baskets/%d/documents", archive.ID), "a.txt")
	if got := c.ask("GET", "/audit", "", 200); strings.Count(got, `"actor":"`+c.token+`"`) != 4 {
		c.t.Errorf("audit: %s", got)
	}
	return a.ID
}

// serve starts a server and returns its address.
func serve(t *testing.T, h http.Handler, closeDB func() error, err error) (address string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.Close()
		if err := closeDB(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

// migrated runs the migrations as a login of the customer's own, and returns its DSN.
func migrated(t *testing.T, db *pgtest.DB) (dsn string) {
	t.Helper()
	u, err := url.Parse(db.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	role := "owner_of_" + db.Name // goes with the database
	u.User = url.UserPassword(role, "secret")
	admin := db.Admin(t)
	for _, statement := range []string{"CREATE ROLE " + role + " LOGIN PASSWORD 'secret'",
		"GRANT CREATE ON SCHEMA public TO " + role} {
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	customer, err := sql.Open("postgres", u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer customer.Close()
	files, err := filepath.Glob("before/migrations/*.up.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d migrations: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := customer.Exec(string(text)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return u.String()
}

// TestPrograms: before works for one customer. Its database becomes that of after, as the first tenant's, and then a
// second tenant does the same work. Each sees its own.
func TestPrograms(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDB(t)
	admin := db.Admin(t)
	dsn := migrated(t, db)
	log := new(bytes.Buffer)
	logger := slog.New(slog.NewTextHandler(log, nil))

	var document int64
	t.Run("before", func(t *testing.T) {
		cfg := before.Config{DSN: dsn, MaxConns: 4, Customers: map[string]string{"acme": dsn},
			Sessions: beforeweb.Sessions{"ann": {User: "ann", Manager: true}}}
		h, closeDB, err := before.Handler(t.Context(), cfg, logger)
		ann := client{t, serve(t, h, closeDB, err), "ann"}
		document = ann.work()
		if err := before.Expire(t.Context(), cfg, logger); err != nil {
			t.Error(err)
		}
		ann.wantNames("/search", "a.txt b.txt")
	})
	if t.Failed() {
		t.Fatal(log)
	}

	p, err := provision.New(admin, provision.Config{AppRole: db.AppRole, DDL: os.DirFS("after/migrations")})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Adopt(t.Context(), provision.Tenant{ID: "acme"}, "public"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"globex", "umbrella"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Suspend(t.Context(), "umbrella"); err != nil {
		t.Fatal(err)
	}

	t.Run("after", func(t *testing.T) {
		cfg := after.Config{DSN: db.AppDSN, MaxConns: 4, Sessions: afterweb.Sessions{
			"ann": {User: "ann", Manager: true, Tenant: "acme"}, "gus": {User: "gus", Manager: true, Tenant: "globex"},
			"uma": {User: "uma", Tenant: "umbrella"}, "nil": {User: "nil"}}}
		h, closeDB, err := after.Handler(t.Context(), cfg, logger)
		address := serve(t, h, closeDB, err)
		ann, gus := client{t, address, "ann"}, client{t, address, "gus"}
		adopted := fmt.Sprintf("/documents/%d", document)
		if got := ann.ask("GET", adopted, "", 200); !strings.Contains(got, "letters of ann") {
			t.Errorf("the adopted tenant's document: %s", got)
		}
		gus.wantNames("/baskets", "")
		gus.ask("GET", adopted, "", 404)
		created := fmt.Sprintf("/documents/%d", gus.work())
		gus.wantNames("/search", "a.txt b.txt old.txt")
		ann.wantNames("/search", "a.txt b.txt")
		ann.wantNames("/baskets", "mail archive")
		ann.ask("POST", "/baskets", `{"name": "mail"}`, 409)
		if got := gus.ask("GET", created, "", 200); !strings.Contains(got, "letters of gus") {
			t.Errorf("the new tenant's document: %s", got)
		}
		client{t, address, "stolen"}.ask("GET", "/baskets", "", 401)
		client{t, address, "nil"}.ask("GET", "/baskets", "", 400)
		client{t, address, "uma"}.ask("GET", "/baskets", "", 403)

		if err := after.Expire(t.Context(), cfg, logger); err != nil {
			t.Error(err)
		}
		gus.wantNames("/search", "a.txt b.txt")
		ann.wantNames("/search", "a.txt b.txt")
	})
	if t.Failed() {
		t.Log(log)
	}
}
