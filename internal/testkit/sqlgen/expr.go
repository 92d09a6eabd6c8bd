package sqlgen

// expr writes an expression of a kind: 'I', 'T' or 'B'.
func (g *gen) expr(kind byte) {
	g.place(Expr, func() {
		g.fuel--
		switch {
		case g.fuel >= 0:
			g.put(g.pick(expressions[kind]))
		default:
			g.out.WriteString(g.pick(g.leaves(kind)))
		}
	})
}

// leaves are constants and, mostly, columns.
func (g *gen) leaves(kind byte) []string {
	leaves := constants[kind]
	var columns []string
	for _, c := range g.scope {
		if c.kind == kind {
			columns = append(columns, c.name)
		}
	}
	if len(columns) > 0 && g.chance(75) {
		return columns
	}
	return leaves
}

var constants = map[byte][]string{
	'I': {"1", "7", "42"},
	'T': {"'x'", "'tenant_globex.documents'", "'pg_class'", "'acme doc 1'"},
	'B': {"true", "false"},
}

var expressions = map[byte][]string{
	'I': {
		"({I} {op +} {I})", "({I} {op -} {I})", "({I} {op %} 7)", "{fn length}({T})", "{fn abs}({I})", "coalesce({I}, {I})",
		"greatest({I}, {I})",
		"nullif({I}, {I})", "CASE WHEN {B} THEN {I} ELSE {I} END", "CASE {I} WHEN {I} THEN {I} END",
		"CAST({I} AS {type int8})",
		"({I})::{type numeric}", "(SELECT {I} FROM ({Q}) AS sub LIMIT 1)", "(SELECT count(*) FROM ({Q}) AS sub)",
		"position({T} IN {T})", "{fn nextval}({seq 'doc_number_seq'})", "{fn array_length}(ARRAY[{I}, {I}], 1)",
		"(ARRAY[{I}, {I}])[1]",
		"{fn doc_count}()", "tenant_acme.doc_count()", "extract(day FROM now())", "(ROW({I}, {T})).f1",
		"{fn width_bucket}({I}, 0, 10, 5)",
		"{fn array_length}((ARRAY[{I}, {I}, {I}])[1:2], 1)", "{fn jsonb_array_length}('[1, 2]'::{type jsonb})",
		"{fn strpos}({T}, {T})", "(- {I})",
		"({I} OPERATOR(pg_catalog.+) {I})", "{fn cardinality}(ARRAY(SELECT n FROM ({Q}) AS sub))",
	},
	'T': {
		"{fn lower}({T})", "({T} {op ||} {T})", "coalesce({T}, {T})", "CASE WHEN {B} THEN {T} ELSE {T} END",
		"substring({T} FROM 1 FOR 3)",
		"{fn left}({T}, 3)", "{fn replace}({T}, {T}, {T})", "{fn to_char}(now(), 'YYYY')", "CAST({I} AS {type text})",
		"({I})::{type text}",
		`({T} COLLATE {coll "C"})`, "{fn concat}({T}, {I}, {B})", "trim(both ' ' FROM {T})",
		"('[\"a\"]'::{type jsonb} {op ->>} 0)",
		"CURRENT_DATE::{type text}", "{fn json_build_array}({I}, {T})::{type text}",
		"{fn to_tsvector}({cfg 'english'}, {T})::{type text}",
		"(SELECT {T} FROM ({Q}) AS sub LIMIT 1)", "tenant_acme.loud({T})", "'draft'::{type doc_status}::{type text}",
		"{fn md5}({T})",
		"{fn upper}(substring({T}, 1, 2))", "overlay({T} PLACING {T} FROM 1)", "{fn regexp_replace}({T}, 'a+', {T}, 'g')",
		"{fn format}('%s-%s', {T}, {I})", "(ARRAY[{T}, {T}])[1]", "{fn quote_literal}({T})",
		"{fn array_to_string}(ARRAY[{I}, {I}], ',')",
		"xmlserialize(CONTENT xmlelement(NAME a, {T}) AS {type text})", "nullif({T}, {T})",
	},
	'B': {
		"({I} {op <} {I})", "({T} {op =} {T})", "({T} LIKE {T})", "({T} IS NULL)", "({I} IS DISTINCT FROM {I})",
		"({B} AND {B})", "({B} OR {B})",
		"(NOT {B})", "({I} IN ({I}, {I}))", "({I} IN (SELECT n FROM ({Q}) AS sub))", "EXISTS ({Q})",
		"({I} BETWEEN {I} AND {I})",
		"({I} = ANY (ARRAY[{I}, {I}]))", "({T} {op =} ANY (SELECT s FROM ({Q}) AS sub))", "(({I}, {T}) = ({I}, {T}))",
		"({B} IS NOT TRUE)",
		"('[1]'::{type jsonb} {op @>} '[]')", "({T} ~ 'a')", "{fn starts_with}({T}, {T})", "({I} NOT IN ({I}))",
		"({T} ILIKE {T} ESCAPE '!')",
		"({T} SIMILAR TO 'a')", "({I} {op <>} ALL (SELECT n FROM ({Q}) AS sub))",
		"((date '2024-01-01', now()) OVERLAPS (now(), now()))",
		"(({I}, {T}) IN ({Q}))",
	},
}
