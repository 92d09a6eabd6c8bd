package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/examples/sqlx/after/store"
	"github.com/docex/docex/examples/sqlx/after/store/storetest"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestCreateBasket(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectQuery(`INSERT INTO basket .* VALUES \(\$1, \$2, \$3\)`).WithArgs("mail", "", "ann").
		WillReturnRows(sqlmock.NewRows([]string{"id", "created_at"}).AddRow(7, now))
	b := store.Basket{Name: "mail", CreatedBy: "ann"}
	if err := s.CreateBasket(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if b.ID != 7 || !b.CreatedAt.Equal(now) {
		t.Errorf("%+v", b)
	}
}

func TestDuplicateBasket(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectQuery("INSERT INTO basket").
		WillReturnError(&pgconn.PgError{Code: "23505", ConstraintName: "basket_name_key"})
	err := s.CreateBasket(t.Context(), &store.Basket{Name: "mail", CreatedBy: "ann"})
	if !errors.Is(err, store.ErrDuplicate) {
		t.Errorf("%v, want ErrDuplicate", err)
	}
}

func TestBaskets(t *testing.T) {
	s, mock := storetest.New(t)
	columns := []string{"id", "name", "description", "created_by", "created_at", "documents"}
	mock.ExpectQuery("FROM basket").WithArgs(int64(3), store.MaxLimit).
		WillReturnRows(sqlmock.NewRows(columns).AddRow(4, "mail", "", "ann", now, 12))
	baskets, err := s.Baskets(t.Context(), store.Page{After: 3, Limit: 5000})
	if err != nil || len(baskets) != 1 || baskets[0].Documents != 12 {
		t.Errorf("%+v: %v", baskets, err)
	}
}

func TestRenameBasketThatIsNotThere(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectExec(`UPDATE basket SET name = \$1, description = \$2 WHERE id = \$3`).WithArgs("a", "b", 7).
		WillReturnResult(sqlmock.NewResult(0, 0))
	err := s.RenameBasket(t.Context(), store.Basket{ID: 7, Name: "a", Description: "b"})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
}

func TestCreateDocument(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectBegin()
	mock.ExpectQuery("INSERT INTO document").WithArgs(7, "a.txt", "text", `{"x","y"}`, "ann", nil).
		WillReturnRows(sqlmock.NewRows([]string{"id", "size", "created_at"}).AddRow(9, 4, now))
	mock.ExpectExec(`INSERT INTO metadata .* VALUES \(\$1, \$2, \$3\),\(\$4, \$5, \$6\)`).
		WithArgs(9, "a", "1", 9, "b", "2").WillReturnResult(sqlmock.NewResult(0, 2))
	mock.ExpectExec("INSERT INTO audit").WithArgs("ann", "create", "document 9").
		WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectCommit()
	d := store.Document{BasketID: 7, Name: "a.txt", Body: "text", Tags: []string{"x", "y"}, CreatedBy: "ann",
		Metadata: map[string]string{"b": "2", "a": "1"}}
	if err := s.CreateDocument(t.Context(), &d); err != nil || d.ID != 9 {
		t.Errorf("%+v: %v", d, err)
	}
}

func TestCreateDocumentRollsBack(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectBegin()
	mock.ExpectQuery("INSERT INTO document").WillReturnError(errors.New("broken"))
	mock.ExpectRollback()
	if err := s.CreateDocument(t.Context(), &store.Document{Name: "a.txt"}); err == nil {
		t.Error("no error")
	}
}

func TestDocument(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectQuery("FROM document WHERE id").WithArgs(9).
		WillReturnRows(sqlmock.NewRows([]string{"id", "name", "tags", "body"}).AddRow(9, "a.txt", "{x,y}", "text"))
	mock.ExpectQuery("FROM metadata").WithArgs(9).
		WillReturnRows(sqlmock.NewRows([]string{"document_id", "key", "value"}).AddRow(9, "a", "1"))
	d, err := s.Document(t.Context(), 9)
	if err != nil || len(d.Tags) != 2 || d.Metadata["a"] != "1" {
		t.Errorf("%+v: %v", d, err)
	}
}

func TestDocumentsByID(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectQuery(`id IN \(\$1, \$2\)`).WithArgs(3, 5).
		WillReturnRows(sqlmock.NewRows([]string{"id", "name"}).AddRow(3, "a.txt").AddRow(5, "b.txt"))
	documents, err := s.DocumentsByID(t.Context(), []int64{3, 5})
	if err != nil || len(documents) != 2 {
		t.Errorf("%+v: %v", documents, err)
	}
}

func TestSearch(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectQuery(`name ILIKE \$2 AND tags @> \$3 .* LIMIT 20`).WithArgs(int64(0), `50\%%`, `{"x"}`).
		WillReturnRows(sqlmock.NewRows([]string{"id", "name"}))
	documents, err := s.Search(t.Context(), store.Search{Prefix: "50%", Tags: []string{"x"}})
	if err != nil || len(documents) != 0 {
		t.Errorf("%+v: %v", documents, err)
	}
}

func TestExpire(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectBegin()
	mock.ExpectQuery("DELETE FROM document").WithArgs(now, 10).
		WillReturnRows(sqlmock.NewRows([]string{"name"}).AddRow("a.txt"))
	mock.ExpectExec("INSERT INTO audit").WithArgs("expire", "delete", "a.txt").
		WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectCommit()
	names, err := s.Expire(t.Context(), now, 10)
	if err != nil || len(names) != 1 {
		t.Errorf("%v: %v", names, err)
	}
}
