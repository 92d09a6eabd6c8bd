package affinity

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// client is one user of a shell in the model.
type client struct {
	shell   *Shell[int]
	session int // while it is checked out, otherwise 0
	ties    int
	cancel  context.CancelFunc
	took    chan How // while it waits
}

// model drives an index at random and knows of each shell whether it is checked out.
type model struct {
	index   *Index[int]
	clients []*client
	joined  int
}

const most = 3

var names = []string{"a", "b", "c", "d", "e", "f", "g", "h"}

// few of them in the model, so that its shells want the same ones.
var few = names[:3]

func (m *model) where(t *rapid.T, what string, is func(c *client) bool) *client {
	var some []*client
	for _, c := range m.clients {
		if is(c) {
			some = append(some, c)
		}
	}
	if len(some) == 0 {
		t.Skip("no shell is " + what)
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(t, what)]
}

func (c *client) idle() bool    { return c.session == 0 && c.took == nil }
func (c *client) held() bool    { return c.session != 0 }
func (c *client) waiting() bool { return c.took != nil }

// actions are what users of shells do.
func (m *model) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"join": func(t *rapid.T) {
			if len(m.clients) == 5 {
				t.Skip("enough shells")
			}
			m.joined++
			m.clients = append(m.clients, &client{shell: m.index.Join(m.joined), session: m.joined})
		},
		"take": func(t *rapid.T) {
			c := m.where(t, "idle", (*client).idle)
			tenant := rapid.SampledFrom(few).Draw(t, "tenant")
			var ctx context.Context
			ctx, c.cancel = context.WithCancel(context.Background())
			c.took = make(chan How, 1)
			go func() { c.took <- c.shell.Take(ctx, tenant) }()
			for !m.collect(t, c) && !m.waits(c) {
				runtime.Gosched()
			}
		},
		"cancel": func(t *rapid.T) {
			c := m.where(t, "waiting", (*client).waiting)
			c.cancel()
			for !m.collect(t, c) {
				runtime.Gosched()
			}
		},
		"release": func(t *rapid.T) {
			c := m.where(t, "held", (*client).held)
			served := rapid.SampledFrom(append([]string{""}, few...)).Draw(t, "served")
			if c.shell.Release(served, most, 0) {
				c.session = 0
			} else if c.shell.Tenants() < most {
				t.Fatalf("a session with %d tenants was to be closed", c.shell.Tenants())
			}
		},
		"leave": func(t *rapid.T) {
			c := m.where(t, "not waiting", func(c *client) bool { return !c.waiting() })
			if got := c.shell.Leave(); c.held() && got != c.session {
				t.Fatalf("session %d is to be closed, %d was in use", got, c.session)
			}
			m.clients = slices.DeleteFunc(m.clients, func(o *client) bool { return o == c })
		},
		"tie": func(t *rapid.T) {
			c := m.where(t, "held", (*client).held)
			c.shell.Tie()
			c.ties++
		},
		"untie": func(t *rapid.T) {
			c := m.where(t, "tied", func(c *client) bool { return c.ties > 0 && !c.waiting() })
			c.shell.Untie()
			c.ties--
		},
		"": m.check,
	}
}

// collect takes note of the end of a Take.
func (m *model) collect(t *rapid.T, c *client) bool {
	select {
	case <-c.took:
		c.took = nil
		c.session = c.shell.Session()
		return true
	default:
		return false
	}
}

func (m *model) waits(c *client) bool {
	m.index.mu.Lock()
	defer m.index.mu.Unlock()
	return c.shell.wants != ""
}

// check looks at what must hold between any two steps.
func (m *model) check(t *rapid.T) {
	for _, c := range m.clients { // who was handed a session meanwhile
		for c.waiting() && !m.waits(c) && !m.collect(t, c) {
			runtime.Gosched()
		}
	}
	x := m.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.members) != len(m.clients) {
		t.Fatalf("%d sessions for %d shells", len(x.members), len(m.clients))
	}
	var waiting int
	for _, c := range m.clients {
		mine := c.shell.member
		if _, known := x.members[mine]; !known || mine.shell != c.shell {
			t.Fatal("a shell and its session do not know each other")
		}
		if mine.idle == c.held() {
			t.Fatalf("idle %t, held %t", mine.idle, c.held())
		}
		if c.held() && (mine.session != c.session || c.shell.held != mine) {
			t.Fatalf("session %d became %d while it was in use", c.session, mine.session)
		}
		if mine.ties < c.ties { // Leave may tie one more
			t.Fatalf("%d ties, want %d", mine.ties, c.ties)
		}
		if c.waiting() {
			waiting++
			for _, home := range x.homes[c.shell.wants] {
				if home.idle && home.ties == 0 {
					t.Fatal("a shell waits while the session that it waits for is idle")
				}
			}
		}
		for tenant := range mine.tenants {
			if !slices.Contains(x.homes[tenant], mine) {
				t.Fatalf("the index does not know that a session has served %s", tenant)
			}
		}
	}
	if len(x.waiting) != waiting {
		t.Fatalf("%d shells in the queue, %d wait", len(x.waiting), waiting)
	}
	for tenant, homes := range x.homes {
		for _, home := range homes {
			if _, known := x.members[home]; !known || !home.serves(tenant) {
				t.Fatalf("the index leads to a session that is gone, or has not served %s", tenant)
			}
		}
	}
}

// Whatever is done in whatever order, each shell has one session and each session one shell; a session that is in use
// stays where it is; and nobody waits for what is idle.
func TestIndexModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{index: New[int](always(math.MaxInt64 / 2))} // waits end only when they are ended
		for i := range 4 {
			m.joined++
			m.clients = append(m.clients, &client{shell: m.index.Join(m.joined)})
			m.clients[i].shell.Release(few[i%len(few)], most, 0)
		}
		t.Repeat(m.actions())
		for _, c := range m.clients {
			if c.waiting() {
				c.cancel()
				<-c.took
			}
		}
	})
}
