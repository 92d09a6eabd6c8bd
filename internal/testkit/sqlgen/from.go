package sqlgen

import "pgregory.net/rapid"

// item is an item of FROM: how it is written, and what it adds to the scope.
type item struct {
	text    string // a template
	lateral bool   // it may name columns of the items before it
	columns []column
}

type table struct {
	name    string
	columns []column
}

var tables = []table{
	{"documents", []column{{"id", 'I'}, {"name", 'T'}, {"basket_id", 'I'}, {"label", 'T'}}},
	{"tenant_acme.documents", []column{{"id", 'I'}, {"name", 'T'}}},
	{"baskets", []column{{"id", 'I'}, {"name", 'T'}}},
	{"document_metadata", []column{{"document_id", 'I'}, {"key", 'T'}, {"value", 'T'}}},
	{"jobs", []column{{"id", 'I'}, {"state", 'T'}, {"locked_by", 'T'}}},
	{"counters", []column{{"n", 'I'}, {"name", 'T'}}},
	{"folders", []column{{"id", 'I'}, {"parent_id", 'I'}, {"name", 'T'}}},
	{`"Weird Table"`, []column{{`"Mixed Col"`, 'I'}, {`"select"`, 'T'}}},
	{"active_documents", []column{{"id", 'I'}, {"name", 'T'}}},
	{"ref.countries", []column{{"name", 'T'}, {"code", 'T'}}},
	{"countries", []column{{"name", 'T'}}},
}

var derived = []column{{"n", 'I'}, {"s", 'T'}}

// plan chooses one to three items and puts their columns into scope, so that the select list before them can be
// written.
func (g *gen) plan(outer []column) []item {
	g.scope = outer[:len(outer):len(outer)]
	items := make([]item, 1+g.below(3))
	for i := range items {
		items[i] = g.item()
		g.scope = append(g.scope, items[i].columns...)
	}
	return items
}

func (g *gen) item() item {
	alias := g.name("a")
	as := func(columns []column) []column {
		qualified := make([]column, len(columns))
		for i, c := range columns {
			qualified[i] = column{alias + "." + c.name, c.kind}
		}
		return qualified
	}
	if len(g.ctes) > 0 && g.chance(40) {
		return item{text: g.pick(g.ctes) + " AS " + alias, columns: as(derived)}
	}
	switch g.below(14) {
	case 0:
		return item{text: "({Q}) AS " + alias, columns: as(derived)}
	case 1:
		return item{text: "LATERAL ({Q}) AS " + alias, lateral: true, columns: as(derived)}
	case 2:
		return item{text: "{fn generate_series}(1, {I}) AS " + alias + "(n)", lateral: true, columns: as(derived[:1])}
	case 3:
		return item{text: "{fn json_to_recordset}('[]') AS " + alias + "(n {type int4}, s {type text} COLLATE {coll \"C\"})",
			columns: as(derived)}
	case 4:
		return item{text: "(VALUES ({I}, {T}), ({I}, {T})) AS " + alias + "(n, s)", columns: as(derived)}
	case 5:
		return item{text: "ROWS FROM ({fn unnest}(ARRAY[{I}, {I}]), {fn docs_in}({I})) WITH ORDINALITY AS " + alias + "(n)",
			lateral: true, columns: as(derived[:1])}
	case 6:
		return item{text: "documents AS " + alias + " TABLESAMPLE {sampler bernoulli} ({0})", columns: as(tables[0].columns)}
	case 7:
		return item{text: "XMLTABLE('/r' PASSING '<r/>' COLUMNS n {type int4} PATH 'a', s {type text} DEFAULT {T}) AS " +
			alias, lateral: true, columns: as(derived)}
	}
	t := rapid.SampledFrom(tables).Draw(g.t, "table")
	return item{text: t.name + " AS " + alias, columns: as(t.columns)}
}

// from writes the items with joins between them. outer is what the query could name without them.
func (g *gen) from(items []item, outer []column) {
	all := g.scope
	seen := outer[:len(outer):len(outer)]
	for i, it := range items {
		join := ""
		if i > 0 {
			join = g.pick([]string{", ", " CROSS JOIN ", " JOIN ", " LEFT JOIN "})
		}
		g.put(join)
		g.scope = outer
		if it.lateral {
			g.scope = seen
		}
		g.place(Item, func() { g.put(it.text) })
		if join == " JOIN " || join == " LEFT JOIN " {
			g.scope = append(outer[:len(outer):len(outer)], it.columns...) // those before a comma are out of reach
			g.put(" ON {B}")
		}
		seen = append(seen, it.columns...)
	}
	g.scope = all
}
