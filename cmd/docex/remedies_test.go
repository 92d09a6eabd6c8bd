package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// sentinels are the errors that packages provision and scope export, by name. Those without a remedy have the reason.
var sentinels = map[string]struct {
	err    error
	reason string // why there is no remedy
}{
	"provision.ErrAppRole":             {provision.ErrAppRole, ""},
	"provision.ErrArchive":             {provision.ErrArchive, ""},
	"provision.ErrCitus":               {provision.ErrCitus, "the text says what the server lacks"},
	"provision.ErrCopy":                {provision.ErrCopy, ""},
	"provision.ErrDDL":                 {provision.ErrDDL, ""},
	"provision.ErrDDLVersion":          {provision.ErrDDLVersion, ""},
	"provision.ErrDocexHandle":         {provision.ErrDocexHandle, "the command opens no docex handle to provision with"},
	"provision.ErrDrift":               {provision.ErrDrift, ""},
	"provision.ErrEnvironmentMismatch": {provision.ErrEnvironmentMismatch, ""},
	"provision.ErrInsideRun":           {provision.ErrInsideRun, "the command calls nothing inside a run"},
	"provision.ErrInvalidConfig":       {provision.ErrInvalidConfig, "the text says which value is wrong, and how"},
	"provision.ErrLargeObjects":        {provision.ErrLargeObjects, ""},
	"provision.ErrNoReason":            {provision.ErrNoReason, ""},
	"provision.ErrNoRole":              {provision.ErrNoRole, ""},
	"provision.ErrNoSchema":            {provision.ErrNoSchema, ""},
	"provision.ErrNotConfirmed":        {provision.ErrNotConfirmed, ""},
	"provision.ErrNotInitialized":      {provision.ErrNotInitialized, ""},
	"provision.ErrNotPartitioned":      {provision.ErrNotPartitioned, "no command makes partitions"},
	"provision.ErrNotUpgraded":         {provision.ErrNotUpgraded, ""},
	"provision.ErrOutcomeUnknown":      {provision.ErrOutcomeUnknown, ""},
	"provision.ErrPrivileges":          {provision.ErrPrivileges, ""},
	"provision.ErrRehearsal":           {provision.ErrRehearsal, ""},
	"provision.ErrRewrites":            {provision.ErrRewrites, ""},
	"provision.ErrRoleExists":          {provision.ErrRoleExists, ""},
	"provision.ErrSchemaExists":        {provision.ErrSchemaExists, ""},
	"provision.ErrServerSettings":      {provision.ErrServerSettings, ""},
	"provision.ErrServerVersion":       {provision.ErrServerVersion, ""},
	"provision.ErrSettingsMismatch":    {provision.ErrSettingsMismatch, ""},
	"provision.ErrTableExists":         {provision.ErrTableExists, "no command makes partitions"},
	"provision.ErrTenantActive":        {provision.ErrTenantActive, ""},
	"provision.ErrTenantExists":        {provision.ErrTenantExists, ""},
	"provision.ErrTenantsLeft":         {provision.ErrTenantsLeft, ""},
	"provision.ErrUnsupportedStrategy": {provision.ErrUnsupportedStrategy, "the text says which there are"},
	"provision.ErrUpgradeRequired":     {provision.ErrUpgradeRequired, ""},
	"scope.ErrInvalidTenantID":         {scope.ErrInvalidTenantID, ""},
	"scope.ErrInvalidUserContext":      {scope.ErrInvalidUserContext, ""},
	"scope.ErrNoUserContext":           {scope.ErrNoUserContext, "each command puts one into its context"},
	"scope.ErrNotInitialized":          {scope.ErrNotInitialized, ""},
	"scope.ErrSystemTenant":            {scope.ErrSystemTenant, ""},
	"scope.ErrTenantMismatch":          {scope.ErrTenantMismatch, "a command works for one tenant at a time"},
	"scope.ErrTenantNotProvisioned":    {scope.ErrTenantNotProvisioned, ""},
	"scope.ErrTenantSuspended":         {scope.ErrTenantSuspended, ""},
	"scope.ErrUpgradeRequired":         {scope.ErrUpgradeRequired, ""},
}

// exportedSentinels reads the names out of a package's files.
func exportedSentinels(t *testing.T, pkg string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", pkg, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			vars, ok := d.(*ast.GenDecl)
			if !ok || vars.Tok != token.VAR {
				continue
			}
			for _, s := range vars.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					if strings.HasPrefix(name.Name, "Err") {
						names = append(names, pkg+"."+name.Name)
					}
				}
			}
		}
	}
	return names
}

// Every exported sentinel has a remedy, or a reason why there is none.
func TestEverySentinelHasARemedy(t *testing.T) {
	t.Parallel()
	want := append(exportedSentinels(t, "provision"), exportedSentinels(t, "scope")...)
	slices.Sort(want)
	if d := cmp.Diff(want, slices.Sorted(maps.Keys(sentinels))); d != "" {
		t.Errorf("exported (-) and in this test's list (+): %s", d)
	}
	for name, s := range sentinels {
		err := &provision.Error{Op: "test", TenantID: "acme", Err: s.err}
		if (remedy(err) == "") == (s.reason == "") {
			t.Errorf("%s: remedy %q, and the reason for none is %q", name, remedy(err), s.reason)
		}
	}
}

// A script can tell from the exit code whether it was called wrongly, or something stands in the way. That what is to
// be made exists is the latter, for tenants and for files.
func TestExitCodesOfSentinels(t *testing.T) {
	t.Parallel()
	usage := []error{provision.ErrInvalidConfig, provision.ErrUnsupportedStrategy, provision.ErrDDL, provision.ErrNoReason,
		scope.ErrInvalidTenantID, scope.ErrInvalidUserContext}
	unrefused := []error{provision.ErrDocexHandle, provision.ErrInsideRun, provision.ErrNotPartitioned,
		provision.ErrTableExists, // which no command meets
		provision.ErrOutcomeUnknown}
	all := map[string]error{"a folder": errFolder, "a report": errReport, "an archive": pgarchive.ErrFileExists,
		"a file": fs.ErrExist}
	for name, s := range sentinels {
		all[name] = s.err
	}
	for name, err := range all {
		want := exitRefused
		switch {
		case slices.Contains(usage, err):
			want = exitUsage
		case slices.Contains(unrefused, err):
			want = exitFailed
		}
		if got := exitCode(t.Context(), &provision.Error{Op: "test", Err: err}); got != want {
			t.Errorf("%s: exit code %d, want %d", name, got, want)
		}
	}
}
