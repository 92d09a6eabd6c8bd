package repo

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOnePackageComment: a package's promise, and what it does not promise, stand in one place.
func TestOnePackageComment(t *testing.T) {
	for _, p := range packages(t) {
		var commented []string
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil,
				parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if file.Doc == nil {
				continue
			}
			commented = append(commented, name)
			if text := file.Doc.Text(); p.Name != "main" && !strings.HasPrefix(text, "Package "+p.Name+" ") {
				t.Errorf("%s: %s: the package comment does not start with %q", p.ImportPath, name, "Package "+p.Name)
			}
		}
		if len(commented) != 1 && len(p.GoFiles)+len(p.CgoFiles) > 0 {
			t.Errorf("%s: %d package comments, want one: %v", p.ImportPath, len(commented), commented)
		}
	}
}

// peers are what docex is compared with, or stands behind. They live in nested modules, out of sight of those who
// import docex.
var peers = []string{
	"gorm.io/", "entgo.io/", "github.com/uptrace/bun", "github.com/bartventer/gorm-multitenancy", "github.com/ngrok/sqlmw",
	"github.com/XSAM/otelsql", "github.com/jackc/tern", "github.com/riverqueue/", "github.com/simukti/",
	"github.com/qustavo/",
	"github.com/DataDog/", "gopkg.in/DataDog/", "github.com/go-chi/", "github.com/labstack/echo", "github.com/gin-gonic/",
	"google.golang.org/grpc", "github.com/Masterminds/squirrel", "github.com/doug-martin/", "github.com/go-jet/",
	"github.com/stephenafamo/", "github.com/georgysavva/", "github.com/casbin/",
}

// TestGoMod: a replace or an exclude holds in this module only, so what we test would not be what others get.
func TestGoMod(t *testing.T) {
	var mod struct {
		Module           struct{ Path string }
		Require          []struct{ Path string }
		Replace, Exclude []any
	}
	if err := json.Unmarshal(run(t, "mod", "edit", "-json", goMod(t)), &mod); err != nil {
		t.Fatal(err)
	}
	if mod.Module.Path != module {
		t.Errorf("module %s, want %s", mod.Module.Path, module)
	}
	if len(mod.Replace)+len(mod.Exclude) > 0 {
		t.Errorf("go.mod has replace %v, exclude %v; want neither", mod.Replace, mod.Exclude)
	}
	for _, r := range mod.Require {
		for _, peer := range peers {
			if strings.HasPrefix(r.Path, peer) {
				t.Errorf("go.mod requires %s, which is for comparison only", r.Path)
			}
		}
	}
}

func goMod(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(string(run(t, "env", "GOMOD")))
}
