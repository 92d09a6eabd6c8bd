package main

import (
	"slices"
	"strings"
)

// identities are types that hold data, yet stand for an object, a transaction or a place in the server's log, so that a
// function of them may tell something of other tenants. Functions of text may, too, but most are about text.
var identities = strings.Fields("cid name oid oidvector pg_lsn pg_snapshot refcursor tid txid_snapshot xid xid8")

// mustReview returns the overloads of a name that someone must have read for its line in functions.tsv to be right:
//   - of a name that may be called with anything, those that look as if they could do more than compute;
//   - of a name that may be called with some arguments, all of them, since the rule for its arguments depends on them;
//   - of a refused name, those by which x.name would call it although its line says that this does no harm.
func mustReview(row []string, overloads []overload, suspicious func(overload) bool) []string {
	var forms []string
	for _, o := range overloads {
		var must bool
		switch row[fnClass] {
		case "safe":
			must = suspicious(o)
		case "refused":
			must = row[fnDot] != "dot" && o.One && !conversion(row, o)
		default:
			must = true
		}
		if form := o.String(); must && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	slices.Sort(forms)
	return forms
}

// suspicious says whether an overload could do more than compute its result from plain data.
func (l *lists) suspicious(o overload) bool {
	return o.Volatility != "immutable" || o.Kind == "procedure" || o.Definer || o.Closed ||
		o.Language != "internal" && o.Language != "sql" ||
		slices.ContainsFunc(slices.Concat(o.Args, o.Out, []string{o.Result}), l.notPlain)
}

// notPlain covers reg*, cstring, internal, polymorphic types and records, and types that no list knows.
func (l *lists) notPlain(name string) bool {
	name = strings.TrimPrefix(name, "_")
	row := l.types.rows[name]
	return row == nil || row[typClass] != "safe" || slices.Contains(identities, name)
}

// known says whether types.tsv has the type.
func (l *lists) known(name string) bool { return l.types.rows[strings.TrimPrefix(name, "_")] != nil }

// conversion says whether a call with one argument is a type's input or output function, which does nothing but
// convert, or cannot be made at all: SQL has no values of type internal.
func conversion(row []string, o overload) bool {
	return slices.Contains(o.Args, "internal") || row[fnReason] == "type-io" &&
		(slices.Contains(o.Args, "cstring") || slices.Contains(o.Args, "_cstring") || o.Result == "cstring" ||
			o.Result == "bytea")
}

// unreviewed returns the overloads of mustReview that the line lacks.
func unreviewed(row []string, overloads []overload, suspicious func(overload) bool) []string {
	reviewed := set(row[fnForms], " ")
	return slices.DeleteFunc(mustReview(row, overloads, suspicious),
		func(form string) bool { return slices.Contains(reviewed, form) })
}

// unreviewedType says whether a type is held to be safe although its input or output does more than read the value,
// such as looking at the time zone, and nobody has noted that this does no harm.
func unreviewedType(row []string, t typ) bool {
	return row[typClass] == "safe" && t.Stable && row[typFacts] != "stable"
}

// accept notes that what is suspicious about a name on this server has been reviewed.
func (l *lists) accept(c *catalog, name string) {
	if row := l.functions.rows[name]; row != nil {
		note(row, c.functions[name], l.suspicious)
	}
	if row := l.extensions.functions[name]; row != nil {
		note(row[extFunction:], c.extensions[row[extName]].functions[name], l.suspiciousExtension)
	}
	if row := l.types.rows[name]; row != nil && unreviewedType(row, c.types[name]) {
		row[typFacts] = "stable"
	}
}

// note adds the overloads of unreviewed to the line.
func note(row []string, overloads []overload, suspicious func(overload) bool) {
	for _, form := range unreviewed(row, overloads, suspicious) {
		row[fnForms] = with(row[fnForms], " ", form, true)
	}
}
