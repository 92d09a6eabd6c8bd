package pgproxy_test

import (
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
