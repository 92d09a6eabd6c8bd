package drivertest_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/jackc/pgx/v5"
)

type label string

// tags is a Valuer, as pq.StringArray is.
type tags []string

func (t tags) Value() (sqldriver.Value, error) {
	if t == nil {
		return nil, errors.New("no tags")
	}
	return "{" + strings.Join(t, ",") + "}", nil
}

// Arguments reach WithArgs as the program wrote them; numbers and the like are compared as sqlmock compares them.
func TestArguments(t *testing.T) {
	now := time.Now()
	names := []string{"a", "b"}
	for name, test := range map[string]struct{ given, want any }{
		"strings":           {[]string{"a", "b"}, []string{"a", "b"}},
		"numbers":           {[]int64{1, 2}, []int64{1, 2}},
		"nil slice":         {[]string(nil), []string(nil)},
		"map":               {map[string]any{"a": []int{1}}, map[string]any{"a": []int{1}}},
		"struct":            {struct{ A int }{1}, struct{ A int }{1}},
		"uuid":              {[16]byte{1}, [16]byte{1}},
		"pointer to a list": {&names, []string{"a", "b"}},
		"times":             {[]time.Time{now}, []time.Time{now}},
		"time":              {now, now},
		"bytes":             {[]byte("a"), []byte("a")},
		"number":            {int64(7), 7},
		"label":             {label("a"), "a"},
		"large number":      {uint64(math.MaxUint64), uint64(math.MaxUint64)},
		"nil pointer":       {(*string)(nil), nil},
		"valuer":            {tags{"a", "b"}, "{a,b}"},
	} {
		t.Run(name, func(t *testing.T) {
			db, mock, _ := drivertest.New(t, driver.Config{})
			mock.ExpectExec("UPDATE").WithArgs(test.want).WillReturnResult(sqlmock.NewResult(0, 1))
			_, err := db.ExecContext(as("acme"), "UPDATE document SET v = $1", test.given)
			check(t, err)
			p := mock.ExpectPrepare("UPDATE")
			p.ExpectExec().WithArgs(test.want).WillReturnResult(sqlmock.NewResult(0, 1))
			s, err := db.PrepareContext(as("acme"), "UPDATE document SET v = $1")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, err = s.ExecContext(as("acme"), test.given)
			check(t, err)
		})
	}
}

// Another list is another argument, and the message shows both.
func TestArgumentsDiffer(t *testing.T) {
	r := &report{}
	db, mock, _ := drivertest.New(r, driver.Config{})
	mock.ExpectExec("UPDATE").WithArgs([]string{"a"}).WillReturnResult(sqlmock.NewResult(0, 1))
	for _, given := range []any{[]string{"b"}, []string{"a", "b"}, []string(nil), []label{"a"}, "a", []int64{1}} {
		_, err := db.ExecContext(as("acme"), "UPDATE document SET v = $1", given)
		want := fmt.Sprintf("argument 0 expected [[]string - [a]] does not match actual [%T - %+v]", given, given)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// What pgx could not send is refused here, too.
func TestArgumentsRefused(t *testing.T) {
	db, _, _ := drivertest.New(t, driver.Config{})
	for _, given := range []any{make(chan int), func() {}, complex(1, 1), tags(nil)} {
		if _, err := db.ExecContext(as("acme"), "UPDATE document SET v = $1", given); err == nil {
			t.Errorf("%T: no error", given)
		}
	}
}

// A mock of the user's keeps its converter, and one with sqlmock's own says what to do.
func TestArgumentsOfWrap(t *testing.T) {
	update := func(db *sql.DB) error {
		_, err := db.ExecContext(as("acme"), "UPDATE document SET v = @v", pgx.NamedArgs{"v": []string{"a"}})
		return err
	}
	wrapped := func(converter sqldriver.ValueConverter) (*sql.DB, sqlmock.Sqlmock) {
		plain, mock, err := sqlmock.New(sqlmock.ValueConverterOption(converter))
		if err != nil {
			t.Fatal(err)
		}
		db, _ := drivertest.Wrap(t, plain, driver.Config{})
		return db, mock
	}
	db, _ := wrapped(nil)
	err := update(db)
	const want = "unsupported type []string, a slice of string: make the mock with " +
		"sqlmock.ValueConverterOption(drivertest.ValueConverter)"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	db, mock := wrapped(drivertest.ValueConverter)
	mock.ExpectExec("UPDATE").WithArgs([]string{"a"}).WillReturnResult(sqlmock.NewResult(0, 1))
	check(t, update(db))
	db, mock = wrapped(constant{})
	mock.ExpectExec("UPDATE").WithArgs("a list").WillReturnResult(sqlmock.NewResult(0, 1))
	check(t, update(db))
	db, _ = wrapped(refusing{})
	if err := update(db); err == nil || strings.Contains(err.Error(), "make the mock") {
		t.Errorf("got %v", err)
	}
}

type constant struct{}

func (constant) ConvertValue(any) (sqldriver.Value, error) { return "a list", nil }

type refusing struct{}

func (refusing) ConvertValue(any) (sqldriver.Value, error) { return nil, errors.New("my own reason") }

// A test that has failed does not hear of what was expected behind the failure.
func TestLeftoversOfAFailedTest(t *testing.T) {
	r := &failing{}
	db, mock, _ := drivertest.New(r, driver.Config{})
	mock.ExpectExec("UPDATE").WithArgs("a").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectExec("DELETE").WillReturnResult(sqlmock.NewResult(0, 1))
	if _, err := db.ExecContext(context.Background(), "UPDATE document SET name = $1", "b"); err != nil {
		r.Errorf("update: %v", err)
	}
	r.end()
	if len(r.errors) != 1 || !strings.HasPrefix(r.errors[0], "update:") {
		t.Errorf("got %q", r.errors)
	}
}

// failing is a report that knows whether it has failed, as *testing.T does.
type failing struct{ report }

func (f *failing) Failed() bool { return len(f.errors) > 0 }
