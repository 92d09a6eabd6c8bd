package sqlgen

// query writes SELECT, VALUES or a set operation with the columns n and s.
func (g *gen) query() {
	if g.fuel--; g.fuel < 0 {
		g.put(g.pick([]string{"SELECT 1 AS n, 'x' AS s", "SELECT d.id AS n, d.name AS s FROM documents d",
			"SELECT k AS n, v AS s FROM tenant_acme.scratch"}))
		return
	}
	ctes := g.ctes
	switch g.below(11) {
	case 0, 1, 2, 3:
		g.plain()
	case 4, 5:
		g.grouped()
	case 6:
		g.windowed()
	case 7:
		g.put("({Q}) " + g.pick(setOperations) + " ({Q}) ORDER BY 1 LIMIT {0}")
	case 8:
		g.within(nil, func() { g.put("SELECT column1 AS n, column2 AS s FROM (VALUES ({I}, {T}), ({I}, {T})) AS v") })
	default:
		g.with()
		g.plain()
	}
	g.ctes = ctes
}

var setOperations = []string{"UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL"}

// with writes one or two common table expressions; what follows may name them.
func (g *gen) with() {
	if g.chance(20) {
		c := g.name("c")
		g.put("WITH RECURSIVE " + c + " (n, s) AS (SELECT 1, 'x'::{type text} UNION ALL SELECT " + c + ".n + 1, " + c +
			".s FROM " + c +
			" WHERE " + c + ".n < 3 AND ")
		g.within([]column{{c + ".n", 'I'}, {c + ".s", 'T'}}, func() { g.put("{B}) ") })
		g.ctes = append(g.ctes[:len(g.ctes):len(g.ctes)], c)
		return
	}
	word := "WITH "
	for range 1 + g.below(2) {
		c := g.name("c")
		g.put(word + c + g.pick([]string{" AS ", " AS MATERIALIZED ", " AS NOT MATERIALIZED "}) + "({Q})")
		g.ctes = append(g.ctes[:len(g.ctes):len(g.ctes)], c)
		word = ", "
	}
	g.put(" ")
}

func (g *gen) plain() {
	outer := g.scope
	items := g.plan(outer)
	g.put(g.pick([]string{"SELECT ", "SELECT ", "SELECT ALL ", "SELECT DISTINCT "}) + "{I} AS n, {T} AS s FROM ")
	g.from(items, outer)
	g.put(" WHERE {B}" + g.pick([]string{
		"", "", " ORDER BY 1, 2", " ORDER BY 2 USING OPERATOR(pg_catalog.<)", " LIMIT {0} OFFSET {0}",
		" FETCH FIRST 3 ROWS ONLY",
	}))
	g.scope = outer
}

// grouped keeps outer columns away: an aggregate of outer columns only would belong to the outer query.
func (g *gen) grouped() {
	outer := g.scope
	items := g.plan(nil)
	g.put(g.pick([]string{
		"SELECT count(*) AS n, max({T}) AS s FROM ",
		"SELECT {fn sum}({I}) FILTER (WHERE {B}) AS n, string_agg({T}, ',' ORDER BY {I}) AS s FROM ",
		"SELECT count(DISTINCT {I}) AS n, min({T}) AS s FROM ",
		"SELECT {fn percentile_disc}(0.5) WITHIN GROUP (ORDER BY {I}) AS n, {fn min}({T}) AS s FROM ",
	}))
	g.from(items, nil)
	g.put(g.pick([]string{
		" WHERE {B}", " WHERE {B} GROUP BY ({I} + 0)", " GROUP BY ({T} || ''), ({I} + 0) HAVING bool_or({B})",
		" GROUP BY GROUPING SETS ((({I} + 0)), ())", " GROUP BY ROLLUP (({I} + 0), ({T} || ''))",
	}))
	g.scope = outer
}

func (g *gen) windowed() {
	outer := g.scope
	items := g.plan(outer)
	g.put(g.pick([]string{
		"SELECT {fn rank}() OVER w AS n, {fn first_value}({T}) OVER (w ROWS BETWEEN {0} PRECEDING AND CURRENT ROW) AS s " +
			"FROM ",
		"SELECT row_number() OVER (PARTITION BY {T} ORDER BY {I}) AS n, lag({T}) OVER w AS s FROM ",
		"SELECT sum({I}) OVER (ORDER BY {I} GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) AS n, max({T}) OVER " +
			"w AS s FROM ",
	}))
	g.from(items, outer)
	g.put(" WINDOW w AS (PARTITION BY {I} ORDER BY {T})")
	g.scope = outer
}
