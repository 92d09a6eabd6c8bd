package pgpooler

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// tracker follows the statements that a client prepares by name, into whichever session the client gets. A nil tracker
// follows nothing.
//
// In a session a statement has a name that is made of its text and the parameter types that Parse declares. So
// clients share it, and what the server made of it for the first one is what the others get: the types of its
// parameters, and of its columns. That is what PgBouncer does (prepare.c, 1.21 and newer).
type tracker struct {
	own map[string]statement // by the client's name for it; belongs to serve

	mu  sync.Mutex
	due []reply // the server's to each Parse and Close that it was sent, in order; guarded by mu

	emptied bool // the session has lost all its statements; written by relay, read when that has ended
}

// statement is a Parse message under its shared name.
type statement struct {
	name  string
	parse message
}

// reply is what the client is told when the server has done a Parse or Close.
type reply struct {
	tell     message // empty: nothing, since the client did not ask
	prepares string  // the statement that the session has then, or ""
}

var (
	parsed = newMessage(typeParseComplete)
	closed = newMessage(typeCloseComplete)
	// closeNothing stands where the client waits for an answer and nothing is to be done. The server answers CloseComplete
	// when there is no such statement, too.
	closeNothing = newMessage(typeClose, []byte("Sdocex_no_such_statement\x00"))
)

// toServer returns what the server gets in place of a client's message.
func (t *tracker) toServer(m message, s *session) []message {
	if t == nil {
		return []message{m}
	}
	switch m.kind() {
	case typeParse:
		return []message{t.parse(m, s)}
	case typeClose:
		return []message{t.close(m)}
	case typeDescribe:
		if what, name := m.body()[0], cString(m.body()[1:]); what == 'S' {
			return t.with(name, s, m, func(shared []byte) message { return newMessage(typeDescribe, []byte{'S'}, shared) })
		}
	case typeBind:
		portal := cString(m.body())
		name := cString(m.body()[len(portal)+1:])
		rest := m.body()[len(portal)+1+len(name)+1:]
		return t.with(name, s, m, func(shared []byte) message {
			return newMessage(typeBind, []byte(portal), []byte{0}, shared, rest)
		})
	}
	return []message{m}
}

func (t *tracker) parse(m message, s *session) message {
	name := cString(m.body())
	if name == "" {
		t.expect(reply{tell: parsed})
		return m
	}
	text := m.body()[len(name)+1:]
	digest := sha256.Sum256(text)
	st := statement{name: "shared_" + hex.EncodeToString(digest[:12])}
	st.parse = newMessage(typeParse, []byte(st.name), []byte{0}, text)
	t.own[name] = st
	if s.prepared[st.name] {
		t.expect(reply{tell: parsed})
		return closeNothing
	}
	return t.prepare(st, s, parsed)
}

// close forgets a statement. The session keeps it, for the others.
func (t *tracker) close(m message) message {
	t.expect(reply{tell: closed})
	name := cString(m.body()[1:])
	if _, known := t.own[name]; m.body()[0] != 'S' || !known {
		return m
	}
	delete(t.own, name)
	return closeNothing
}

// with returns a message that names a statement, with the statement's shared name in it and, if the session lacks it, a
// Parse in front.
func (t *tracker) with(name string, s *session, m message, renamed func(shared []byte) message) []message {
	st, known := t.own[name]
	if !known {
		return []message{m}
	}
	all := []message{renamed([]byte(st.name + "\x00"))}
	if !s.prepared[st.name] {
		all = []message{t.prepare(st, s, nil), all[0]}
	}
	return all
}

func (t *tracker) prepare(st statement, s *session, tell message) message {
	s.prepared[st.name] = true
	t.expect(reply{tell: tell, prepares: st.name})
	return st.parse
}

func (t *tracker) expect(r reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due = append(t.due, r)
}

// toClient returns what the client gets in place of a server's message.
func (t *tracker) toClient(m message) message {
	if t == nil {
		return m
	}
	switch m.kind() {
	case typeParseComplete, typeCloseComplete:
		t.mu.Lock()
		defer t.mu.Unlock()
		tell := t.due[0].tell
		t.due = t.due[1:]
		return tell
	case typeCommandComplete:
		tag := cString(m.body())
		t.emptied = t.emptied || tag == "DEALLOCATE ALL" || tag == "DISCARD ALL"
	}
	return m
}

// settle is called when the server is ready again. What it has not answered by then did not happen: it skips all that
// comes behind an error.
func (t *tracker) settle(s *session) {
	if t == nil {
		return
	}
	for _, r := range t.due { // relay has ended, so the lock is not needed
		delete(s.prepared, r.prepares)
	}
	t.due = nil
	if t.emptied {
		t.emptied = false
		clear(t.own)
		clear(s.prepared)
	}
}

// cString returns the text up to the first zero byte.
func cString(b []byte) string {
	s, _, _ := bytes.Cut(b, []byte{0})
	return string(s)
}
