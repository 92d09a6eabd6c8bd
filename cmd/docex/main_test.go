package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// TestMain lets scripts run this program: they start the test binary under the name docex.
func TestMain(m *testing.M) { testscript.Main(tests{m}, map[string]func(){"docex": main}) }

// tests stops the server when they are over.
type tests struct{ *testing.M }

func (t tests) Run() int { return pgtest.Run(t.M) }
