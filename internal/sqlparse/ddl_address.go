package sqlparse

import pg "github.com/pganalyze/pg_query_go/v5"

// schemaObjects are the kinds of objects that live in a schema, or in an object that does, and that COMMENT, DROP and
// ALTER … RENAME may name.
var schemaObjects = map[pg.ObjectType]bool{
	pg.ObjectType_OBJECT_TABLE: true, pg.ObjectType_OBJECT_VIEW: true, pg.ObjectType_OBJECT_MATVIEW: true,
	pg.ObjectType_OBJECT_INDEX: true, pg.ObjectType_OBJECT_SEQUENCE: true, pg.ObjectType_OBJECT_COLUMN: true,
	pg.ObjectType_OBJECT_ATTRIBUTE: true, pg.ObjectType_OBJECT_TABCONSTRAINT: true,
	pg.ObjectType_OBJECT_DOMCONSTRAINT: true,
	pg.ObjectType_OBJECT_TRIGGER:       true, pg.ObjectType_OBJECT_POLICY: true, pg.ObjectType_OBJECT_TYPE: true,
	pg.ObjectType_OBJECT_DOMAIN: true, pg.ObjectType_OBJECT_FUNCTION: true, pg.ObjectType_OBJECT_PROCEDURE: true,
	pg.ObjectType_OBJECT_ROUTINE: true, pg.ObjectType_OBJECT_AGGREGATE: true, pg.ObjectType_OBJECT_OPERATOR: true,
	pg.ObjectType_OBJECT_COLLATION: true, pg.ObjectType_OBJECT_STATISTIC_EXT: true,
	pg.ObjectType_OBJECT_TSCONFIGURATION: true, pg.ObjectType_OBJECT_TSDICTIONARY: true,
}

// address walks the name of an object of one of schemaObjects, in the form that its kind has in the tree.
func (w *ddlWalker) address(kind pg.ObjectType, n *pg.Node) {
	list := n.GetList().GetItems()
	switch kind {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW,
		pg.ObjectType_OBJECT_INDEX, pg.ObjectType_OBJECT_SEQUENCE:
		w.relationList(list)
		return
	case pg.ObjectType_OBJECT_COLUMN, pg.ObjectType_OBJECT_TABCONSTRAINT, pg.ObjectType_OBJECT_TRIGGER,
		pg.ObjectType_OBJECT_POLICY:
		w.member(list)
		return
	case pg.ObjectType_OBJECT_DOMCONSTRAINT:
		if len(list) > 0 {
			n = list[0]
		}
	}
	switch x := n.GetNode().(type) {
	case *pg.Node_List:
		w.made(x.List.Items, false)
	case *pg.Node_TypeName:
		w.locate(x.TypeName.Location)
		w.made(x.TypeName.Names, false)
	case *pg.Node_ObjectWithArgs:
		w.made(x.ObjectWithArgs.Objname, false)
		if len(x.ObjectWithArgs.Objfuncargs) > 0 { // Objargs and the results
			w.functionParameters(x.ObjectWithArgs.Objfuncargs)
			return
		}
		for _, a := range x.ObjectWithArgs.Objargs {
			if t := a.GetTypeName(); t != nil { // none on one side of a prefix operator
				w.signature(t)
			}
		}
	default:
		w.unsupported(n)
	}
}

func objectNode(o *pg.ObjectWithArgs) *pg.Node {
	return &pg.Node{Node: &pg.Node_ObjectWithArgs{ObjectWithArgs: o}}
}

// relationList records a relation whose name is a list of strings.
func (w *ddlWalker) relationList(list []*pg.Node) {
	w.st.Relations = append(w.st.Relations, Relation{Name: w.name(list), Access: AccessWrite, Offset: w.at})
}

// member records the relation in front of a column, a constraint, a trigger or a policy.
func (w *ddlWalker) member(list []*pg.Node) {
	if len(list) > 1 {
		w.relationList(list[:len(list)-1])
	}
}

func (w *ddlWalker) comment(s *pg.CommentStmt) bool {
	if !w.inSchema("comment on", s.Objtype) {
		return false
	}
	w.address(s.Objtype, s.Object)
	return true
}

func (w *ddlWalker) drop(s *pg.DropStmt) bool {
	if !w.inSchema("drop", s.RemoveType) {
		return false
	}
	w.concurrently(s.Concurrent)
	for _, n := range s.Objects {
		w.address(s.RemoveType, n)
	}
	if s.Concurrent && len(s.Objects) == 1 { // the server refuses more
		w.def.Index = &ConcurrentIndex{Name: w.name(s.Objects[0].GetList().GetItems()).Name, Drop: true}
	}
	return true
}

func (w *ddlWalker) rename(s *pg.RenameStmt) bool {
	if !w.inSchema("rename", s.RenameType) {
		return false
	}
	if s.Relation != nil {
		w.target(s.Relation)
		return true
	}
	w.address(s.RenameType, s.Object)
	switch s.RenameType {
	case pg.ObjectType_OBJECT_FUNCTION, pg.ObjectType_OBJECT_PROCEDURE, pg.ObjectType_OBJECT_ROUTINE,
		pg.ObjectType_OBJECT_AGGREGATE:
		w.def.Callable = true
		fallthrough
	case pg.ObjectType_OBJECT_TYPE, pg.ObjectType_OBJECT_DOMAIN:
		w.def.Creates = append(w.def.Creates, s.Newname)
	}
	return true
}

// inSchema reports whether a kind is one of schemaObjects; the refusal of another one names it.
func (w *ddlWalker) inSchema(verb string, kind pg.ObjectType) bool {
	if schemaObjects[kind] {
		return true
	}
	w.command = verb + " " + objectWords(kind)
	return false
}
