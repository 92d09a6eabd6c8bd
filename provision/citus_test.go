package provision

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
)

// citusRow answers the query of citusSchemas.check.
func citusRow(available, loaded bool, version string) *sqlmock.Rows {
	return sqlmock.NewRows([]string{"a", "l", "v", "d"}).AddRow(available, loaded, version, "docs")
}

func newMock(t *testing.T) (*sql.DB, sqlmock.Sqlmock) {
	t.Helper()
	db, mock, err := sqlmock.New(sqlmock.ValueConverterOption(anyValue{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mock.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return db, mock
}

// anyValue lets slices through, as pgx does.
type anyValue struct{}

func (anyValue) ConvertValue(v any) (driver.Value, error) { return v, nil }

func TestCitusCheck(t *testing.T) {
	for _, c := range []struct {
		available, loaded bool
		version           string
		missing, says     string // both empty: nothing is missing
	}{
		{true, true, "12.0-1", "", ""},
		{true, true, "13.1-1", "", ""},
		{false, false, "", "package", "install Citus 12"},
		{true, false, "", "library", "shared_preload_libraries"},
		{true, false, "12.1-1", "library", "shared_preload_libraries"},
		{true, true, "", "extension", "CREATE EXTENSION citus"},
		{true, true, "11.3-1", "version", "11.3-1"},
		{true, true, "nonsense", "version", "ALTER EXTENSION citus UPDATE"},
	} {
		db, mock := newMock(t)
		mock.ExpectQuery("pg_available_extensions").WillReturnRows(citusRow(c.available, c.loaded, c.version))
		if c.missing == "" {
			mock.ExpectQuery("pg_dist_node").WillReturnRows(sqlmock.NewRows([]string{"node"}).AddRow(true))
		}
		err := citusSchemas{}.check(t.Context(), db)
		if c.missing == "" {
			if err != nil {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		var e *CitusError
		if !errors.Is(err, ErrCitus) || !errors.As(err, &e) || e.Missing != c.missing || e.Version != c.version ||
			e.Database != "docs" || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A cluster without workers has no place for tenants.
func TestCitusCheckNeedsANode(t *testing.T) {
	db, mock := newMock(t)
	mock.ExpectQuery("pg_available_extensions").WillReturnRows(citusRow(true, true, "13.0-1"))
	mock.ExpectQuery("isactive AND shouldhaveshards").WillReturnRows(sqlmock.NewRows([]string{"node"}).AddRow(false))
	var e *CitusError
	if err := (citusSchemas{}).check(t.Context(), db); !errors.As(err, &e) || e.Missing != "worker" ||
		!strings.Contains(e.Remedy, "citus_add_node") {
		t.Error(err)
	}
}

// The statements of Create on Citus: the setting that leaves new schemas alone comes first, since Citus would make the
// tables of a distributed schema local ones inside apply_ddl. The role is one that the workers let in. The last
// statement that makes something distributes the finished schema.
func TestCreateOnCitus(t *testing.T) {
	db, mock := newMock(t)
	p, err := New(db, Config{Distribution: Citus})
	if err != nil {
		t.Fatal(err)
	}
	mock.ExpectBegin()
	mock.ExpectExec(`(?s)set_config\('citus.enable_schema_based_sharding', 'off', true\).*pg_advisory_xact_lock`).
		WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectQuery("installation").WillReturnRows(installationRow("citus", "", false, false, false, ""))
	mock.ExpectQuery("pg_available_extensions").WillReturnRows(citusRow(true, true, "12.1-1"))
	mock.ExpectQuery("pg_dist_node").WillReturnRows(sqlmock.NewRows([]string{"node"}).AddRow(true))
	mock.ExpectQuery("reserve").WillReturnRows(sqlmock.NewRows([]string{"role_name"}))
	mock.ExpectQuery("count").WillReturnRows(sqlmock.NewRows([]string{"n"}).AddRow(0))
	mock.ExpectExec(`(?s)CREATE ROLE "docex_0badcafe_acme" [^;]* LOGIN [^;]*;.*CREATE SCHEMA "tenant_acme";`).
		WillReturnResult(sqlmock.NewResult(0, 0))
	mock.ExpectExec("apply_ddl").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectQuery("pg_attrdef").WillReturnRows(sqlmock.NewRows([]string{"distributed", "s", "d", "v"}).
		AddRow(false, "", "docs", "12.1-1"))
	mock.ExpectExec("citus_schema_distribute").WithArgs("tenant_acme").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectExec("truncate_local_data").WithArgs("tenant_acme").WillReturnResult(sqlmock.NewResult(0, 0))
	mock.ExpectQuery("REVOKE ALL ON ROUTINE").WithArgs("tenant_acme", "docex_0badcafe_acme").
		WillReturnRows(sqlmock.NewRows([]string{"statements"}).AddRow(""))
	stop := errors.New("the rest is as everywhere")
	mock.ExpectQuery("INSERT INTO \"docex_system\".tenant").WillReturnError(stop)
	mock.ExpectRollback()
	mock.ExpectExec("INSERT INTO \"docex_system\".audit").WillReturnResult(sqlmock.NewResult(0, 1))
	if _, err := p.Create(t.Context(), Tenant{ID: "acme"}); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// The registry says Citus and the server is none: a schema that is made all the same would be a local one.
func TestCreateChecksCitus(t *testing.T) {
	db, mock := newMock(t)
	p, err := New(db, Config{}) // "as recorded"
	if err != nil {
		t.Fatal(err)
	}
	mock.ExpectBegin()
	mock.ExpectExec("pg_advisory_xact_lock").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectQuery("installation").WillReturnRows(installationRow("citus", "", false, false, false, ""))
	mock.ExpectQuery("pg_available_extensions").WillReturnRows(citusRow(true, true, ""))
	mock.ExpectRollback()
	mock.ExpectExec("INSERT INTO \"docex_system\".audit").WillReturnResult(sqlmock.NewResult(0, 1))
	if _, err := p.Create(t.Context(), Tenant{ID: "acme"}); !errors.Is(err, ErrCitus) {
		t.Error(err)
	}
}

// installationRow answers the query for the installation and nothing more, or with the conflicts of checkConflicts:
// none.
func installationRow(distribution string, conflicts ...driver.Value) *sqlmock.Rows {
	columns := strings.Fields(
		"id version env dist app shared system server admin exists login inherits super loginrole logins " +
			"citus database recorded from registered schema role kept open")
	values := append([]driver.Value{"0badcafe", systemVersion, DefaultEnvironment, distribution, "app", "docex_0badcafe",
		"$system",
		150000, "admin", true, true, false, false, "", false, true, "docs", true, ""}, conflicts...)
	return sqlmock.NewRows(columns[:len(values)]).AddRow(values...)
}
