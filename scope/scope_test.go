package scope

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var valid = UserContext{UserID: "u1", TenantID: "acme", Roles: []string{"clerk", "admin"}}

func TestFromReturnsWhatWithWasGiven(t *testing.T) {
	got, err := From(With(context.Background(), valid))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(valid, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoUserContext(t *testing.T) {
	t.Setenv("DOCEX_TENANT", "acme") // nothing is inferred from the environment
	if _, err := From(context.Background()); !errors.Is(err, ErrNoUserContext) {
		t.Errorf("got %v, want %v", err, ErrNoUserContext)
	}
}

// ginContext is what a *gin.Context is to package scope.
type ginContext struct{ context.Context }

func (c *ginContext) Value(key any) any {
	if key == "_gin-gonic/gin/contextkey" {
		return c
	}
	return nil
}

// Who passes gin's context is told what to pass instead, also where it was given a deadline.
func TestGinContext(t *testing.T) {
	gin := &ginContext{context.Background()}
	derived, cancel := context.WithCancel(gin)
	defer cancel()
	for name, ctx := range map[string]context.Context{"as it is": gin, "derived": derived} {
		_, err := From(ctx)
		if !errors.Is(err, ErrNoUserContext) || !strings.Contains(err.Error(), "c.Request.Context()") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := From(With(gin, valid)); err != nil {
		t.Errorf("put into gin's: %v", err)
	}
}

// From is called for every statement: it allocates no more than the copy of the roles.
func TestFromAllocates(t *testing.T) {
	one := With(context.Background(), UserContext{UserID: "u1", TenantID: "acme"})
	for name, tt := range map[string]struct {
		ctx  context.Context
		want float64
	}{
		"nobody": {context.Background(), 0}, "gin": {&ginContext{context.Background()}, 0}, "no roles": {one, 0},
		"roles": {With(context.Background(), valid), 1}, "another tenant": {With(one, UserContext{TenantID: "b"}), 0},
	} {
		if got := testing.AllocsPerRun(100, func() { _, _ = From(tt.ctx) }); got > tt.want {
			t.Errorf("%s: %v allocations, want %v", name, got, tt.want)
		}
	}
}

// The caller's slices and the context's share no memory, in either direction.
func TestCopies(t *testing.T) {
	given := UserContext{UserID: "u1", TenantID: "acme", Roles: []string{"clerk"}}
	ctx := With(context.Background(), given)
	given.Roles[0], given.TenantID = "admin", "globex"
	first, err := From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if first.Roles[0] != "clerk" || first.TenantID != "acme" {
		t.Errorf("changing what was given changed the context: %+v", first)
	}
	first.Roles[0] = "admin"
	second, err := From(ctx)
	if err != nil || second.Roles[0] != "clerk" {
		t.Errorf("changing what was returned changed the context: %+v, %v", second, err)
	}
}

// Inside a tenant's context another user of the tenant may take over, and the outer context keeps its own.
func TestNested(t *testing.T) {
	outer := With(context.Background(), valid)
	inner := With(outer, UserContext{UserID: "u2", TenantID: "acme"})
	for want, ctx := range map[string]context.Context{"u1": outer, "u2": inner} {
		if got, err := From(ctx); err != nil || got.UserID != want {
			t.Errorf("got %q, %v, want %q", got.UserID, err, want)
		}
	}
}

// Work that outlives a request keeps its tenant.
func TestWithoutCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(With(context.Background(), valid))
	cancel()
	kept := context.WithoutCancel(ctx)
	if uc, err := From(kept); err != nil || uc.TenantID != "acme" || kept.Err() != nil {
		t.Errorf("got %q, %v, %v", uc.TenantID, err, kept.Err())
	}
}

// A tenant is not switched by accident, nor switched back; and what is invalid hides nothing.
func TestNestedTenants(t *testing.T) {
	outer := With(context.Background(), valid)
	switched := With(outer, UserContext{UserID: "u2", TenantID: "globex"})
	for name, ctx := range map[string]context.Context{
		"another tenant": switched, "and back": With(switched, valid), "nobody": With(outer, UserContext{}),
	} {
		if uc, err := From(ctx); !errors.Is(err, ErrTenantMismatch) || uc.TenantID != "" {
			t.Errorf("%s: got %+v, %v, want %v", name, uc, err, ErrTenantMismatch)
		}
	}
	if got, err := From(outer); err != nil || got.TenantID != "acme" {
		t.Errorf("the outer context: %q, %v", got.TenantID, err)
	}
	invalid := With(context.Background(), UserContext{})
	if got, err := From(With(invalid, valid)); err != nil || got.TenantID != "acme" {
		t.Errorf("over an empty one: %q, %v", got.TenantID, err)
	}
}

func TestValidate(t *testing.T) {
	long := strings.Repeat("x", maxText)
	tests := []struct {
		name   string
		change func(*UserContext)
		ok     bool
	}{
		{"as it is", func(*UserContext) {}, true},
		{"no roles", func(uc *UserContext) { uc.Roles = nil }, true},
		{"longest user id", func(uc *UserContext) { uc.UserID = long }, true},
		{"user id beyond ASCII", func(uc *UserContext) { uc.UserID = "zoë" }, true},
		{"zero", func(uc *UserContext) { *uc = UserContext{} }, false},
		{"no user id", func(uc *UserContext) { uc.UserID = "" }, false},
		{"user id too long", func(uc *UserContext) { uc.UserID = long + "x" }, false},
		{"user id with NUL", func(uc *UserContext) { uc.UserID = "a\x00" }, false},
		{"user id with a line break", func(uc *UserContext) { uc.UserID = "a\nb" }, false},
		{"user id not UTF-8", func(uc *UserContext) { uc.UserID = "\xff" }, false},
		{"no tenant id", func(uc *UserContext) { uc.TenantID = "" }, false},
		{"empty role", func(uc *UserContext) { uc.Roles = []string{""} }, false},
		{"role with NUL", func(uc *UserContext) { uc.Roles = []string{"a", "b\x00"} }, false},
		{"most roles", func(uc *UserContext) { uc.Roles = strings.Fields(strings.Repeat("r ", maxRoles)) }, true},
		{"too many roles", func(uc *UserContext) { uc.Roles = strings.Fields(strings.Repeat("r ", maxRoles+1)) }, false},
	}
	for _, tt := range tests {
		uc := valid.clone()
		tt.change(&uc)
		err := uc.Validate()
		if tt.ok != (err == nil) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !tt.ok && !errors.Is(err, ErrInvalidUserContext) {
			t.Errorf("%s: %v does not match %v", tt.name, err, ErrInvalidUserContext)
		}
		if _, from := From(With(context.Background(), uc)); (from == nil) != tt.ok {
			t.Errorf("%s: From: %v", tt.name, from)
		}
	}
}

func TestTenantIDs(t *testing.T) {
	longest := strings.Repeat("a", MaxTenantIDLen)
	for _, id := range []string{"a", "0", "acme", "acme-2", "a_b", "a-", "0_", longest,
		"6f9619ff-8b86-d011-b42d-00c04fc964ff"} {
		if err := ValidateTenantID(id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, id := range []string{
		"", "-a", "_a", "A", "acmE", "a b", " a", "a ", "a.b", `a"b`, "a'b", "a;b", "a/b", "zoë", "a\x00", "a\n",
		longest + "a",
		"$system", "$", "ａ", "а",
	} {
		err := ValidateTenantID(id)
		if !errors.Is(err, ErrInvalidTenantID) {
			t.Errorf("%q: got %v, want %v", id, err, ErrInvalidTenantID)
		}
		if reserved := strings.HasPrefix(id, "$"); errors.Is(err, ErrSystemTenant) != reserved {
			t.Errorf("%q: matches ErrSystemTenant: %t, want %t", id, !reserved, reserved)
		}
		if name, err := SchemaName(id); err == nil || name != "" {
			t.Errorf("%q: SchemaName = %q, %v", id, name, err)
		}
	}
}

// A refusal shows what is wrong as people see it.
func TestInvalidTenantIDShowsTheCharacter(t *testing.T) {
	for id, want := range map[string]string{
		"äcme": "'ä' at offset 0 ", "acMe": "'M' at offset 2 ", "a b": "' ' at offset 1 ", "a\x00": `'\x00' at offset 1 `,
		"a\xe4": "byte 0xe4 at offset 1 ", "a\u200b": `'\u200b' at offset 1 `,
	} {
		if err := ValidateTenantID(id); err == nil || !strings.Contains(err.Error(), "invalid tenant id: "+want) {
			t.Errorf("%q: %v, want %s", id, err, want)
		}
	}
}

// No two ids share a schema name, also once PostgreSQL has cut it to 63 bytes, and none is a name that PostgreSQL or
// docex use themselves.
func TestSchemaNamesNeverCollide(t *testing.T) {
	ids := rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,55}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := ids.Draw(t, "a"), ids.Draw(t, "b")
		nameA, errA := SchemaName(a)
		nameB, errB := SchemaName(b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if (a == b) != (cut(nameA) == cut(nameB)) {
			t.Errorf("ids %q and %q: schemas %q and %q", a, b, nameA, nameB)
		}
		if !strings.HasPrefix(nameA, SchemaPrefix) || len(nameA) > maxIdentifier {
			t.Errorf("schema %q of %d bytes", nameA, len(nameA))
		}
	})
}

// cut is what PostgreSQL does to a long name.
func cut(name string) string { return name[:min(len(name), maxIdentifier)] }

// Ids that differ only at the very end are the ones that cutting would merge.
func TestLongestIDsDiffer(t *testing.T) {
	base := strings.Repeat("x", MaxTenantIDLen-1)
	seen := map[string]string{}
	for _, last := range "abcdefghijklmnopqrstuvwxyz0123456789-_" {
		id := base + string(last)
		name, err := SchemaName(id)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[cut(name)]; ok {
			t.Errorf("%q and %q share %q", id, other, name)
		}
		seen[cut(name)] = id
	}
}

// Messages are for logs that tenants share: they do not repeat what the caller passed in.
func TestMessagesDoNotRepeatUserData(t *testing.T) {
	err := UserContext{UserID: "secret\n", TenantID: "acme"}.Validate()
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
