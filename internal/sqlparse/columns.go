package sqlparse

import (
	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// ColumnsOf returns the offsets of the column references of two parts that begin with a name, t.x and t.*: in them the
// name is that of a table, of an alias or of a variable. In every other place a name in front of a dot is a schema's.
// The error is that of [Parse].
func ColumnsOf(sql, name string, limits text.Limits) (map[int]bool, error) {
	if err := text.CheckEncoding(sql); err != nil {
		return nil, err
	}
	if err := text.CheckLimits(sql, limits); err != nil {
		return nil, err
	}
	tree, err := parseTree(sql)
	if err != nil {
		return nil, syntaxError(sql, err)
	}
	found := map[int]bool{}
	columnsIn(tree.ProtoReflect(), func(c *pg.ColumnRef) {
		if len(c.Fields) == 2 && c.Fields[0].GetString_().GetSval() == name {
			found[int(c.Location)] = true
		}
	})
	return found, nil
}

// columnsIn yields every column reference in a tree, whose depth the limits bound.
func columnsIn(m protoreflect.Message, yield func(*pg.ColumnRef)) {
	if c, ok := m.Interface().(*pg.ColumnRef); ok {
		yield(c)
	}
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.Message() == nil:
		case field.IsList():
			for i := range v.List().Len() {
				columnsIn(v.List().Get(i).Message(), yield)
			}
		default:
			columnsIn(v.Message(), yield)
		}
		return true
	})
}
