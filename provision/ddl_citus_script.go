package provision

import (
	"slices"

	"github.com/docex/docex/internal/sqlparse"
)

// refusedOnCitus are what Citus does not do with a table that is distributed, by the words of [sqlparse.Part]'s
// actions. In a DDL all of it is allowed: its tables are distributed when they are finished.
var refusedOnCitus = map[string]string{
	sqlparse.ActionConstraintToo: "write an ALTER TABLE of its own for each constraint",
	sqlparse.ActionColumnToo:     "write an ALTER TABLE of its own for each column with a constraint",
	sqlparse.ActionColumnCheck:   "give the constraint a name: CONSTRAINT name CHECK (…)",
	sqlparse.ActionSerial:        "write ADD COLUMN, CREATE SEQUENCE, and SET DEFAULT nextval(…)",
	sqlparse.ActionIdentity:      "write ADD COLUMN, CREATE SEQUENCE, and SET DEFAULT nextval(…)",
	sqlparse.ActionOwned:         "write CREATE SEQUENCE, and ALTER SEQUENCE … OWNED BY behind it",
	sqlparse.ActionSequence:      "make another sequence, and SET DEFAULT",
	sqlparse.ActionRename:        "drop the constraint, and add it with the new name",
	"ADD IDENTITY":               "write CREATE SEQUENCE, and SET DEFAULT nextval(…)",
	"SET IDENTITY":               leaveOut,
	"DROP IDENTITY":              leaveOut,
	"DROP EXPRESSION":            "add another column, and copy the values",
	"ALTER CONSTRAINT":           "drop the constraint, and add it as it is to be",
	"SET STORAGE":                leaveOut,
	"SET STATISTICS":             leaveOut,
	"SET OPTIONS":                leaveOut,
	"RESET OPTIONS":              leaveOut,
	"CLUSTER ON":                 leaveOut,
	"DROP CLUSTER":               leaveOut,
	"ADD INHERIT":                leaveOut,
	"DROP INHERIT":               leaveOut,
	"ADD OF":                     leaveOut,
	"DROP OF":                    leaveOut,
	"ENABLE TRIG":                leaveOut,
	"ENABLE ALWAYS TRIG":         leaveOut,
	"ENABLE REPLICA TRIG":        leaveOut,
	"DISABLE TRIG":               leaveOut,
	"ENABLE TRIG USER":           leaveOut,
	"DISABLE TRIG USER":          leaveOut,
}

// judgeCitus adds what Citus refuses in a script, whose statements may use what the DDLs make. A table that the first
// part makes is distributed when that has run, so there all may be done with it.
func (s *upgradeScript) judgeCitus(ddls []ddl, first, then []*file) {
	var all []ddlFile
	for _, d := range ddls {
		all = append(all, d.files...)
	}
	files := slices.Concat(make([]*file, len(all)), first, then) // the DDLs have been judged
	begun := len(all) + len(first)
	c := newCitusDDL(slices.Concat(all, s.first.files, s.then.files))
	local, free := map[string]bool{}, map[string]bool{} // tables in the first part, sequences of no column
	for i := range c.parts {
		switch a := &c.parts[i]; a.Kind {
		case sqlparse.PartTable:
			local[a.Table] = files[a.Text] != nil && a.Text < begun
		case sqlparse.PartCreateSequence:
			free[a.Table] = !c.isDefault(a.Table)
		case sqlparse.PartAlter:
			f := files[a.Text]
			if f == nil || free[a.Table] || local[a.Table] && a.Text < begun {
				continue
			}
			if remedy, refused := refusedOnCitus[a.Name]; refused {
				f.add(a.Offset, ruleCitusAlter, a.Name, "Citus does not do it with what a tenant has already", remedy)
			}
			if a.Name == sqlparse.ActionCheckUnnamed || a.Name == sqlparse.ActionColumnUnnamed {
				f.add(a.Offset, ruleCitusName, a.Name, "Citus gives it another name than PostgreSQL gives it in a new tenant",
					"write CONSTRAINT and the name that the new DDL's tenants have, such as t_column_check, _key or _fkey")
			}
		}
	}
	c.judge(files, false)
}

// isDefault reports whether a column takes its default from a sequence.
func (c *citusDDL) isDefault(sequence string) bool {
	return slices.ContainsFunc(c.parts, func(a sqlparse.Part) bool {
		return a.Kind == sqlparse.PartDefault && slices.Contains(a.Uses.Texts, sequence)
	})
}
