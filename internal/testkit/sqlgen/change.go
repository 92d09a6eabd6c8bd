package sqlgen

// statement writes a query or a change, and reports whether it is a query.
func (g *gen) statement() bool {
	switch g.below(11) {
	case 0:
		g.insert()
	case 1, 10:
		g.upsert()
	case 2:
		g.update()
	case 3:
		g.remove()
	case 4:
		g.merge()
	case 5:
		return g.changing()
	default:
		g.query()
		return true
	}
	return false
}

// targets have the columns k and v.
var targets = []string{"scratch", "tenant_acme.scratch"}

var target = []column{{"x.k", 'I'}, {"x.v", 'T'}}

func (g *gen) insert() {
	g.within(nil, func() {
		g.put("INSERT INTO {target " + g.pick(targets) + "} AS x (k, v) " +
			g.pick([]string{"VALUES ({I}, {T})", "VALUES (DEFAULT, {T}), ({I}, NULL)", "{Q}"}))
	})
	g.returning(target)
}

func (g *gen) upsert() {
	g.put("INSERT INTO {target counters} (name, n) ")
	g.within(nil, func() { g.put(g.pick([]string{"VALUES ({T}, {I})", "SELECT s, n FROM ({Q}) AS q"})) })
	g.put(" ON CONFLICT " + g.pick([]string{"(name)", "ON CONSTRAINT counters_pkey", "(name {class text_ops})",
		`(name COLLATE {coll "default"} {class pg_catalog.text_ops})`}))
	columns := []column{{"counters.n", 'I'}, {"EXCLUDED.n", 'I'}, {"counters.name", 'T'}, {"EXCLUDED.name", 'T'}}
	g.within(columns, func() {
		g.put(g.pick([]string{" DO NOTHING", " DO UPDATE SET n = {I} WHERE {B}",
			" DO UPDATE SET (n, name) = (SELECT {I}, {T})"}))
	})
}

func (g *gen) update() {
	g.put("UPDATE {target " + g.pick(targets) + "} AS x SET ")
	items := g.plan(nil)
	scope := append(g.scope, target...)
	g.scope = scope
	g.put(g.pick([]string{"v = {T}, k = {I}", "(k, v) = (SELECT {I}, {T})", "(k, v) = ROW({I}, {T})"}) + " FROM ")
	g.from(items, nil)
	g.scope = scope
	g.put(" WHERE {B}")
	g.returning(scope)
	g.scope = nil
}

func (g *gen) remove() {
	g.put("DELETE FROM {target " + g.pick(targets) + "} AS x USING ")
	items := g.plan(nil)
	scope := append(g.scope, target...)
	g.from(items, nil)
	g.within(scope, func() { g.put(" WHERE {B}") })
	g.returning(scope)
	g.scope = nil
}

func (g *gen) merge() {
	source := []column{{"q.n", 'I'}, {"q.s", 'T'}}
	both := append(source[:2:2], target...)
	g.put("MERGE INTO {target " + g.pick(targets) + "} AS x USING ({Q}) AS q ON x.k = q.n AND ")
	g.within(both, func() {
		g.put("{B} WHEN MATCHED AND {B} THEN UPDATE SET v = {T}" + g.pick([]string{"", " WHEN MATCHED THEN DELETE"}))
	})
	g.within(source, func() { g.put(" WHEN NOT MATCHED THEN INSERT (k, v) VALUES ({I}, {T})") })
}

func (g *gen) returning(scope []column) {
	if g.chance(50) {
		g.within(scope, func() { g.put(" RETURNING {I}, {T} AS t") })
	}
}

// changing writes a change in a common table expression. The server takes it at the top of a statement only, so it is
// no query for those who wrap queries.
func (g *gen) changing() bool {
	c := g.name("c")
	g.put("WITH " + c + " AS (" + g.pick([]string{
		"INSERT INTO {target scratch} AS x (k, v) VALUES ({0}, 'x') RETURNING x.k AS n, x.v AS s",
		"UPDATE {target scratch} AS x SET v = 'y' RETURNING x.k AS n, x.v AS s",
		"DELETE FROM {target scratch} AS x WHERE x.k = {0} RETURNING x.k AS n, x.v AS s",
	}) + ") ")
	g.ctes = append(g.ctes, c)
	g.plain()
	return false
}
