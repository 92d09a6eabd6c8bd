package provision

import (
	"maps"
	"slices"
	"strings"
)

// columnOrder is the kind of the rows about the order of a table's columns, such as "(id, title)".
const columnOrder = "column order"

// orderTold reports whether a difference is one of column order that differences of tables and columns tell: a table
// that is missing or extra, or what ALTER TABLE makes of the order, which takes columns away and adds others at the
// end. A record of version 4 of the system schema or before holds no order, so all of them are extra, and none is
// compared.
func orderTold(d Difference) bool {
	if d.Kind != columnOrder {
		return false
	}
	if d.Change != Changed {
		return true
	}
	want, got := columnNames(d.Want), columnNames(d.Got)
	kept := slices.DeleteFunc(want, func(name string) bool { return !slices.Contains(got, name) })
	return len(kept) <= len(got) && slices.Equal(kept, got[:len(kept)])
}

// columnNames splits an order of columns. Names stay quoted.
func columnNames(order string) []string {
	var names []string
	start, quoted := 1, false // behind the bracket
	for i := 1; i < len(order); i++ {
		switch {
		case order[i] == '"':
			quoted = !quoted
		case !quoted && (order[i] == ',' || order[i] == ')'):
			names = append(names, strings.TrimPrefix(order[start:i], " "))
			start = i + 1
		}
	}
	return names
}

// withOwnColumns returns want with those orders of got that differ only by columns that want does not put anywhere: the
// tenant's own, which stand before what an upgrade adds. Whether they may be there is told by other rows.
func withOwnColumns(want, got shape) shape {
	want = maps.Clone(want)
	for o, order := range want {
		if o.kind != columnOrder {
			continue
		}
		names := columnNames(order)
		own := func(name string) bool { return !slices.Contains(names, name) }
		if slices.Equal(names, slices.DeleteFunc(columnNames(got[o]), own)) {
			want[o] = got[o]
		}
	}
	return want
}
