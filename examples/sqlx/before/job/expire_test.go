package job_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/docex/docex/examples/sqlx/before/job"
	"github.com/docex/docex/examples/sqlx/before/store/storetest"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestExpireNothing(t *testing.T) {
	s, mock := storetest.New(t)
	mock.ExpectBegin()
	mock.ExpectQuery("DELETE FROM document").WithArgs(now, 500).WillReturnRows(sqlmock.NewRows([]string{"name"}))
	mock.ExpectCommit()
	n, err := job.Expire(t.Context(), s, "acme", now, slog.New(slog.DiscardHandler))
	if err != nil || n != 0 {
		t.Errorf("%d documents: %v", n, err)
	}
}

func TestExpireFails(t *testing.T) {
	s, mock := storetest.New(t)
	broken := errors.New("broken")
	mock.ExpectBegin()
	mock.ExpectQuery("DELETE FROM document").WillReturnError(broken)
	mock.ExpectRollback()
	if _, err := job.Expire(t.Context(), s, "acme", now, slog.New(slog.DiscardHandler)); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
}
