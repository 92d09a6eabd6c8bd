// Package asked says what the server must be asked before a text runs, because the guard cannot know it: which
// functions a tenant has of its own, and how long a session's timeouts are. [About] is the entry point.
//
// Promise: a question reads what is open to all, takes no snapshot that SET TRANSACTION would find, names everything in
// full, and so needs no pin. Not promised: an answer. What nobody has answered stays refused.
package asked

import (
	"errors"
	"strings"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/owned"
)

// Question is one to the server.
type Question struct {
	Text  string
	Learn func(rows [][][]byte) // takes the answer
}

// Timeouts are what is known of a session's: they were asked for the tenant of a schema, before it could have set any.
// A function of another tenant's may have set others since. Zero is nothing.
type Timeouts struct {
	guard.Timeouts
	schema string
}

// About returns what must be asked about a text for which the guard has said e and err, or nil. functions may be nil:
// then nobody is asked about them. left says that the session may hold what another tenant has left, which the pin
// behind the question clears.
func About(
	schema string, e guard.Effects, err error, functions *owned.Functions, session *Timeouts, left bool,
) *Question {
	if session.schema != schema {
		*session = Timeouts{schema: schema}
	}
	none := guard.Timeouts{}
	switch {
	case err == nil && e.Timeouts != none && session.Timeouts == none:
		ask := "SHOW " + strings.Join(guard.TimeoutSettings[:], "; SHOW ")
		if left {
			ask = "RESET " + strings.Join(guard.TimeoutSettings[:], "; RESET ") + "; " + ask
		}
		return &Question{ask, func(rows [][][]byte) { session.Timeouts = timeouts(rows) }}
	case functions == nil:
		return nil
	case err == nil && e.Owns && functions.Expired(schema), err != nil && unknown(err) && functions.Due(schema):
		return &Question{functions.Query(schema), func(rows [][][]byte) { functions.Learn(schema, rows) }}
	}
	return nil
}

// unknown reports whether a refusal is of a function that may be the tenant's own: nobody knows it, or an extension has
// one of that name.
func unknown(err error) bool {
	denial, denied := errors.AsType[*guard.Denial](err)
	return denied && (denial.Rule == guard.RuleUnknownFunction || denial.Rule == guard.RuleFunction)
}

// timeouts reads what SHOW has answered. What is not understood is not known.
func timeouts(rows [][][]byte) (t guard.Timeouts) {
	for i, name := range guard.TimeoutSettings {
		if i >= len(rows) || len(rows[i]) != 1 || !t.Set(name, string(rows[i][0])) {
			return guard.Timeouts{}
		}
	}
	return t
}
