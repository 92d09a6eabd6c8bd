package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// compare returns the differences between the lists and a server, sorted, one a line.
func (l *lists) compare(c *catalog) []string {
	var found []string
	say := func(list, name, format string, args ...any) {
		found = append(found, list+": "+name+": "+fmt.Sprintf(format, args...))
	}
	for _, name := range names(l.functions, c.functions) {
		for _, difference := range l.compareFunction(c, name) {
			say("functions.tsv", name, "%s", difference)
		}
	}
	for _, name := range names(l.types, c.types) {
		if difference := l.compareType(c, name); difference != "" {
			say("types.tsv", name, "%s", difference)
		}
	}
	return append(found, l.compareExtensions(c)...)
}

// names are those of a list and of a server together.
func names[T any](l *list, server map[string]T) []string {
	all := maps.Clone(l.rows)
	for name := range server {
		all[name] = l.rows[name]
	}
	return slices.Sorted(maps.Keys(all))
}

func (l *lists) compareFunction(c *catalog, name string) (found []string) {
	row, overloads := l.functions.rows[name], c.functions[name]
	if row == nil {
		return []string{"not in the list: " + describe(overloads)}
	}
	if row[fnReason] == "unreviewed" {
		found = append(found, "nobody has reviewed it: "+describe(overloads))
	}
	for _, form := range unreviewed(row, overloads, l.suspicious) {
		found = append(found, fmt.Sprintf("%s, but nobody has reviewed the form %s", row[fnClass], form))
	}
	return append(found, versions(row[fnVersions], c, len(overloads) > 0)...)
}

func (l *lists) compareType(c *catalog, name string) string {
	row := l.types.rows[name]
	t, has := c.types[name]
	switch {
	case row == nil:
		return "not in the list: " + t.Kind
	case has && (t.Kind == "row") != (row[typClass] == "row"), has && t.Kind == "pseudo" && row[typClass] == "safe":
		return fmt.Sprintf("class %s, but the server says %s", row[typClass], t.Kind)
	case has && unreviewedType(row, t):
		return "safe, but nobody has reviewed that its conversion depends on more than the value"
	}
	return strings.Join(versions(row[typVersions], c, has), "; ")
}

// versions compares a line's column of versions with whether the server has the name.
func versions(column string, c *catalog, has bool) []string {
	listed := slices.Contains(set(column, ","), c.major())
	switch {
	case has && !listed:
		return []string{"the list says that PostgreSQL " + c.major() + " lacks it"}
	case !has && listed:
		return []string{"PostgreSQL " + c.major() + " lacks it"}
	}
	return nil
}

func describe(overloads []overload) string {
	var forms []string
	for _, o := range overloads {
		forms = append(forms, o.String())
	}
	slices.Sort(forms)
	return strings.Join(forms, " ")
}

// update writes down what needs no judgement: names that are missing, as refused, and which versions have which name.
func (l *lists) update(c *catalog) {
	for name, overloads := range c.functions {
		if l.functions.rows[name] == nil {
			l.functions.rows[name] = newFunction(name, overloads)
		}
	}
	for name, t := range c.types {
		if l.types.rows[name] == nil {
			l.types.rows[name] = newType(t)
		}
	}
	for name, row := range l.functions.rows {
		row[fnVersions] = with(row[fnVersions], ",", c.major(), len(c.functions[name]) > 0)
	}
	for name, row := range l.types.rows {
		_, has := c.types[name]
		row[typVersions] = with(row[typVersions], ",", c.major(), has)
	}
	l.functions.compared(c.version)
	l.types.compared(c.version)
}

// newFunction refuses a name everywhere until someone has reviewed it.
func newFunction(name string, overloads []overload) []string {
	dot := "-"
	if slices.ContainsFunc(overloads, func(o overload) bool { return o.One }) {
		dot = "dot"
	}
	return []string{name, "refused", "unreviewed", dot, "-", "-"}
}

// newType refuses a type. Every row type of pg_catalog is a catalog's, which the policy's level decides about.
func newType(t typ) []string {
	class := "internal"
	if t.Kind == "row" {
		class = "row"
	}
	return []string{t.Name, class, "-", "-"}
}
