package driver

import (
	"context"
	"crypto/sha256"
	sqldriver "database/sql/driver"
	"encoding/hex"
	"slices"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// firstLocalOID is the first object id that PostgreSQL gives to what users create: FirstNormalObjectId in its source. Types
// below it are built in, and the same in every schema.
const firstLocalOID = 16384

// statements prepares the statements of a connection, in place of pgx, which goes by the text alone: behind the same
// text, parameters and columns of a tenant's enum have another type for the next tenant, and the server refuses the
// one for the other. Statements whose types are all built in are shared by the tenants, since the server looks names up
// again when search_path has changed, but for tenants that come back often; the others are prepared for each. Only tenants
// of one shape share: a parameter that was prepared for one's real column would round what goes into another's double
// precision. Used like its conn.
type statements struct {
	conn     *pgx.Conn
	opened   map[statementKey]*opened               // by Prepare, until they are closed
	cached   *simplelru.LRU[statementKey, *cached]  // by the driver itself; nil when pgx's cache is turned off
	seen     *simplelru.LRU[statementKey, struct{}] // who has shared a statement once
	capacity int
	evicted  []string            // names that the server still knows
	split    map[string]struct{} // texts that tenants do not share although their types are built in
}

// cached is a statement in the cache.
type cached struct {
	name string
	last string // the tenant it ran for last, of those that share it
}

// statementKey is a text and whom it was prepared for: a tenant, or those that share it.
type statementKey struct{ owner, text string }

// holder is who runs a statement: a tenant, and the shape of its schema, "" while that is not known.
type holder struct{ tenant, shape string }

func (h holder) own(text string) statementKey { return statementKey{h.tenant, text} }

// shared is a key that is no tenant's: ids do not begin with '='.
func (h holder) shared(text string) statementKey { return statementKey{"=" + h.shape, text} }

func (c *conn) holder(op *operation) holder { return holder{op.tenant, c.c.roles.shape(op.tenant)} }

// name returns the name of a prepared statement on the server. It is a digest, so that behind a pooler, where another
// client's statements may be in the session, none of that name has another text or was prepared for another tenant.
func (k statementKey) name(prefix string) string {
	sum := sha256.Sum256([]byte(k.owner + "\x00" + k.text))
	return prefix + hex.EncodeToString(sum[:24])
}

// opened is a statement that somebody holds.
type opened struct {
	name    string
	params  int
	holders int
}

// newStatements returns nil for another base driver than pgx.
func newStatements(inner sqldriver.Conn) *statements {
	c, ok := inner.(*stdlib.Conn)
	if !ok {
		return nil
	}
	s := &statements{conn: c.Conn(), opened: make(map[statementKey]*opened), split: make(map[string]struct{})}
	s.capacity = s.conn.Config().StatementCacheCapacity
	// An error means a capacity of 0: pgx's cache is turned off, and so is this one.
	s.cached, _ = simplelru.NewLRU(s.capacity, func(_ statementKey, c *cached) { s.evicted = append(s.evicted, c.name) })
	s.seen, _ = simplelru.NewLRU[statementKey, struct{}](s.capacity, nil)
	return s
}

// runnable returns what to give pgx to run: the name of a prepared statement, or the text as it is. args may get an
// option in front.
func (c *conn) runnable(
	ctx context.Context, op *operation, query string, args []sqldriver.NamedValue,
) (string, []sqldriver.NamedValue, error) {
	if c.statements == nil {
		return query, args, nil
	}
	mode := c.mode(args)
	if c.pin.local {
		if err := checkExecMode(c.c.mode, c.c.mode == PinAuto, mode); err != nil {
			return "", nil, &Error{Op: op.name, TenantID: op.tenant, Err: err}
		}
	}
	if op.effects.Statements != 1 || op.name == "exec" && len(args) == options(args) {
		return query, args, nil // pgx sends several statements, and an Exec without arguments, as a simple Query
	}
	switch {
	case mode == pgx.QueryExecModeCacheStatement && c.statements.cached != nil:
		name, err := c.statements.prepare(ctx, c.holder(op), query)
		return name, args, err
	case mode == pgx.QueryExecModeCacheDescribe:
		return c.described(ctx, op, query, args)
	}
	return query, args, nil
}

// mode returns the execution mode of one call.
func (c *conn) mode(args []sqldriver.NamedValue) pgx.QueryExecMode {
	mode := c.defaultMode
	for _, a := range args[:options(args)] {
		if m, ok := a.Value.(pgx.QueryExecMode); ok {
			mode = m
		}
	}
	return mode
}

// described is runnable for the mode that caches descriptions. pgx's cache of them goes by the text, too; a statement with
// types of the tenant's is kept away from it.
func (c *conn) described(
	ctx context.Context, op *operation, query string, args []sqldriver.NamedValue,
) (string, []sqldriver.NamedValue, error) {
	who := c.holder(op)
	d, known := c.c.descriptions.GetIfPresent(query)
	if !known && who.shape != "" {
		sd, err := c.statements.conn.Prepare(ctx, "", query)
		if err != nil {
			return "", nil, err
		}
		d = description{shape: who.shape, local: hasLocalTypes(sd)}
		c.c.descriptions.Set(query, d)
	}
	switch {
	case !d.local && d.shape == who.shape && who.shape != "":
		return query, args, nil
	case c.pin.local, c.statements.cached == nil: // no prepared statement outlives the transaction, or is wanted
		exec := sqldriver.NamedValue{Value: pgx.QueryExecModeExec}
		return query, append(args[:options(args):options(args)], append([]sqldriver.NamedValue{exec}, args[options(args):]...)...), nil
	}
	if d.local {
		c.statements.divide(query)
	}
	name, err := c.statements.prepare(ctx, who, query)
	return name, args, err
}

// description is what is known of a text of pgx's mode cache_describe: whose it was, and whether its types are local.
type description struct {
	shape string
	local bool
}

// prepare returns the name of a cached statement. The first time it costs a round trip, as in pgx.
func (s *statements) prepare(ctx context.Context, who holder, text string) (string, error) {
	key := who.own(text)
	if c, ok := s.cached.Get(key); ok {
		return c.name, nil
	}
	_, split := s.split[text]
	shares := !split && who.shape != ""
	if c, ok := s.cached.Get(who.shared(text)); ok && shares && !s.deserves(key, c) {
		return c.name, nil
	}
	if err := s.deallocate(ctx); err != nil {
		return "", err
	}
	sd, err := s.conn.Prepare(ctx, key.name("docex_c_"), text)
	if err != nil {
		return "", err
	}
	if shares && !hasLocalTypes(sd) && !s.cached.Contains(who.shared(text)) {
		key = who.shared(text)
	}
	s.cached.Add(key, &cached{name: sd.Name, last: who.tenant})
	return sd.Name, nil
}

// deserves reports whether a tenant that could share a statement is better off with its own. The server plans a shared one
// anew whenever it runs for another tenant than the last time, which takes longer than a short query itself. So a tenant
// that comes back for it to the same connection gets its own, as long as half of the cache is free.
func (s *statements) deserves(own statementKey, shared *cached) bool {
	if shared.last == own.owner || 2*s.cached.Len() >= s.capacity {
		return false
	}
	shared.last = own.owner
	if s.seen.Contains(own) {
		s.seen.Remove(own)
		return true
	}
	s.seen.Add(own, struct{}{})
	return false
}

// open prepares a statement for somebody to hold; close gives it back.
func (s *statements) open(ctx context.Context, tenant, text string) (*opened, error) {
	key := statementKey{tenant, text}
	if o, ok := s.opened[key]; ok {
		o.holders++
		return o, nil
	}
	sd, err := s.conn.Prepare(ctx, key.name("docex_o_"), text)
	if err != nil {
		return nil, err
	}
	o := &opened{name: sd.Name, params: len(sd.ParamOIDs), holders: 1}
	s.opened[key] = o
	return o, nil
}

func (s *statements) close(ctx context.Context, tenant, text string) error {
	key := statementKey{tenant, text}
	o := s.opened[key]
	if o.holders--; o.holders > 0 {
		return nil
	}
	delete(s.opened, key)
	return s.conn.Deallocate(ctx, o.name)
}

// deallocate frees what has fallen out of the cache.
func (s *statements) deallocate(ctx context.Context) error {
	for len(s.evicted) > 0 {
		last := len(s.evicted) - 1
		if name := s.evicted[last]; !s.holds(name) {
			if err := s.conn.Deallocate(ctx, name); err != nil {
				return err
			}
		}
		s.evicted = s.evicted[:last]
	}
	return nil
}

// holds reports whether a name is in the cache. A tenant that prepared the shared statement and then gets its own has both
// under one name, until each has fallen out.
func (s *statements) holds(name string) bool {
	return slices.ContainsFunc(s.cached.Values(), func(c *cached) bool { return c.name == name })
}

func hasLocalTypes(sd *pgconn.StatementDescription) bool {
	for _, oid := range sd.ParamOIDs {
		if oid >= firstLocalOID {
			return true
		}
	}
	for _, f := range sd.Fields {
		if f.DataTypeOID >= firstLocalOID {
			return true
		}
	}
	return false
}

// forgetStale drops what was prepared or described of a statement that the server has refused to run: its columns have
// changed since, or the tenants' tables differ, so that from now on each gets its own; or the server no longer has it.
func (c *conn) forgetStale(op *operation, text string, err error) {
	if c.statements == nil || !isCode(err, staleCodes...) {
		return
	}
	if _, described := c.c.descriptions.GetIfPresent(text); described {
		c.c.descriptions.Set(text, description{local: true})
	}
	if c.statements.cached != nil {
		c.statements.forget(c.holder(op), text)
	}
}

func (s *statements) forget(who holder, text string) {
	own := s.cached.Remove(who.own(text))
	if s.cached.Remove(who.shared(text)) && !own {
		s.divide(text)
	}
}

// divide makes tenants have a statement each, whatever its types.
func (s *statements) divide(text string) {
	if len(s.split) < maxSplit {
		s.split[text] = struct{}{}
	}
}

// staleCodes are SQLSTATE feature_not_supported ("cached plan must not change result type"), invalid_sql_statement_name,
// datatype_mismatch and protocol_violation (another number of columns than was described).
var staleCodes = []string{"0A000", "26000", "42804", "08P01"}

// maxSplit bounds the memory for texts that are not shared. Beyond it some fail once more often.
const maxSplit = 1000
