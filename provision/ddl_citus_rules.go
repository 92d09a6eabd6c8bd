package provision

import (
	"slices"

	"github.com/docex/docex/internal/sqlparse"
)

// citusRule is about a kind of parts that Citus does not have, or that do not work there. The rules are measured with
// Citus 13.0: TestCitusRules runs each.
type citusRule struct {
	kind           sqlparse.PartKind
	name           string
	warns          bool // it does not work in some uses only
	applies        func(c *citusDDL, a *sqlparse.Part) bool
	reason, remedy string
}

const (
	ruleCitusTrigger    = "citus-trigger"
	ruleCitusTable      = "citus-table"
	ruleCitusPolicy     = "citus-policy"
	ruleCitusType       = "citus-type"
	ruleCitusOperator   = "citus-operator"
	ruleCitusFunction   = "citus-function"
	ruleCitusSetting    = "citus-setting"
	ruleCitusSequence   = "citus-sequence"
	ruleCitusConstraint = "citus-constraint"
	ruleCitusView       = "citus-view"
	ruleCitusAlter      = "citus-alter"
	ruleCitusName       = "citus-name"
)

const (
	noSetting = "it is computed on a worker, where the session's settings are not"
	noName    = "it is computed on a worker, where functions find no object of the tenant's schema by its name alone"
	askRole   = "compare with current_user, or let the queries compare with a parameter"
	passValue = "make it a function with a parameter that has DEFAULT current_setting(…), which is computed before"
	pureCode  = "let the function use its arguments and PostgreSQL's own functions only"
)

func always(*citusDDL, *sqlparse.Part) bool { return true }

var citusRules = []citusRule{
	{sqlparse.PartTrigger, ruleCitusTrigger, false, always, "Citus distributes no table that has a trigger",
		"use DEFAULT, GENERATED or CHECK, or do it in the program; a view may have INSTEAD OF triggers"},
	{sqlparse.PartInherits, ruleCitusTable, false, always, "Citus distributes no table that inherits or is inherited from",
		"use LIKE, or partitions"},
	{sqlparse.PartPartitioned, ruleCitusTable, false, (*citusDDL).isPartition,
		"Citus distributes no partition that has partitions", "use one level of partitions"},
	{sqlparse.PartPolicy, ruleCitusPolicy, false, func(_ *citusDDL, a *sqlparse.Part) bool { return a.Uses.Subquery },
		"Citus has no policies with a subquery", "let the queries filter, or keep what is asked for in a column"},
	{sqlparse.PartPolicy, ruleCitusPolicy, false, (*citusDDL).readsSetting, noSetting + ": it lets no row through",
		askRole},
	{sqlparse.PartPolicy, ruleCitusPolicy, false, (*citusDDL).callsBound, noName, pureCode},
	{sqlparse.PartPolicy, ruleCitusOperator, false, (*citusDDL).usesOperator, noOperator, writeFunction},
	{sqlparse.PartExpression, ruleCitusSetting, false, (*citusDDL).readsSetting, noSetting,
		"let the program check it, or make it a DEFAULT"},
	{sqlparse.PartExpression, ruleCitusFunction, false, (*citusDDL).callsBound, noName, pureCode},
	{sqlparse.PartExpression, ruleCitusOperator, false, (*citusDDL).usesOperator, noOperator, writeFunction},
	{sqlparse.PartExpression, ruleCitusType, false, (*citusDDL).usesRange, noRange, ownRange},
	{sqlparse.PartDefault, ruleCitusType, false, (*citusDDL).usesRange, noRange, ownRange},
	{sqlparse.PartColumn, ruleCitusType, false, (*citusDDL).isRange, noRange, ownRange},
	{sqlparse.PartColumn, ruleCitusType, false, (*citusDDL).isRow,
		"Citus distributes tables in the order of their names, and this one needs another one's type before",
		"write CREATE TYPE for the type"},
	{sqlparse.PartView, ruleCitusSetting, false, (*citusDDL).settingOverRows, noSetting, passValue},
	{sqlparse.PartView, ruleCitusFunction, false, (*citusDDL).boundOverRows, noName, pureCode},
	{sqlparse.PartView, ruleCitusOperator, false, (*citusDDL).operatorOverRows, noOperator, writeFunction},
	{sqlparse.PartView, ruleCitusType, false, (*citusDDL).rangeOverRows, noRange, ownRange},
	{sqlparse.PartRoutine, ruleCitusFunction, false,
		func(_ *citusDDL, a *sqlparse.Part) bool { return needsQuotes(a.Name) },
		"Citus loses the quotes of a function's name", "give it a name that needs none"},

	{sqlparse.PartSequence, ruleCitusSequence, true, always, needsSuperuser, useIdentity},
	{sqlparse.PartDefault, ruleCitusSequence, true,
		func(_ *citusDDL, a *sqlparse.Part) bool { return slices.Contains(a.Uses.Functions, "nextval") }, needsSuperuser,
		useIdentity},
	{sqlparse.PartNotValid, ruleCitusConstraint, true, always,
		"on the worker the constraint is valid at once: rows that violate it are refused when the table is distributed",
		"leave NOT VALID out"},
	{sqlparse.PartMaterialized, ruleCitusView, true, always,
		"it stays on the coordinator: its rows do not move with the tenant, nor are they in its size",
		"use a table or a view"},
	{sqlparse.PartOperator, ruleCitusOperator, true, always, noOperator + ", so queries cannot use it for rows",
		writeFunction},
	{sqlparse.PartRoutine, ruleCitusFunction, true, (*citusDDL).failsOverRows,
		"called for rows of a table it runs on a worker, where functions find no object of the tenant's schema by its " +
			"name alone",
		"call it with values only, as SELECT f(1) does, or let it use its arguments and PostgreSQL's own functions only"},
	{sqlparse.PartRoutine, ruleCitusFunction, true, (*citusDDL).isInlined,
		"Citus cannot plan it in FROM: PostgreSQL puts its query in the place of the call",
		"leave STABLE or IMMUTABLE out, or write it in plpgsql"},
	{sqlparse.PartRoutine, ruleCitusSetting, true, (*citusDDL).readsRowsBySetting,
		"a query over rows runs on a worker, where the session's settings are not",
		"give the value as a parameter with DEFAULT current_setting(…), or keep it in a variable of plpgsql first"},
}

const (
	noOperator     = "Citus makes no operators on the workers"
	writeFunction  = "write a function and call that"
	noRange        = "Citus makes no range types on the workers"
	ownRange       = "use a range type of PostgreSQL, or two columns"
	needsSuperuser = "Citus distributes a table with a new sequence only where the administrator is a superuser"
	useIdentity    = "write GENERATED BY DEFAULT AS IDENTITY"
)
