package provision

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// partitionOf matches what a record of version 4 of the system schema or before says of a partition, and takes its
// parent and its row security.
var partitionOf = regexp.MustCompile(
	`^(?:UNLOGGED )?(?:PARTITION BY .*)?INHERITS \((.+)\) (?:FOR VALUES|DEFAULT).*?` +
		`((?: ROW LEVEL SECURITY)?(?: FORCED)?)(?: WITH \(.*\))?$`)

// modern returns a record as this version would have written it, as far as it tells: older ones hold partitions in
// full. What is missing from it afterwards is the order of columns. The record is not changed.
func (s shape) modern() shape {
	for o := range s {
		if o.kind == columnOrder {
			return s
		}
	}
	modern := maps.Clone(s)
	for o, definition := range s {
		if found := partitionOf.FindStringSubmatch(definition); o.kind == "table" && found != nil {
			if parent, ok := s[object{"table", found[1]}]; ok && strings.Contains(parent, "PARTITION BY ") {
				s.dropPartition(modern, o.name, found[1], strings.TrimSpace(found[2]))
			}
		}
	}
	return modern
}

// dropPartition takes what s holds of a partition out of another shape.
func (s shape) dropPartition(from shape, name, parent, security string) {
	for o, definition := range s {
		member, ofIt := strings.CutPrefix(o.name, name+".")
		switch {
		case o.kind == "table" && o.name == name, ofIt && (o.kind == "column" || o.kind == "constraint"),
			o.kind == "index" && strings.Contains(definition, " "+name+" USING "),
			o.kind == "constraint" && s.repeats(o, definition, name, parent):
			delete(from, o)
		case ofIt && o.kind == "trigger":
			if _, repeated := s[object{"trigger", parent + "." + member}]; repeated {
				delete(from, o)
			}
		case o.kind == "grant" && (o.name == name+" to {{role}}" || ofIt && strings.HasSuffix(o.name, " to {{role}}")):
			rights := slices.DeleteFunc(strings.Split(definition, ", "), func(right string) bool {
				return slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE"}, right)
			})
			if from[o] = strings.Join(rights, ", "); from[o] == "" {
				delete(from, o)
			}
		}
	}
	if security != "" {
		from[object{"partition", name}] = security
	}
}

// repeats reports whether a foreign key refers to a partition because another one of its table refers to the parent.
func (s shape) repeats(o object, definition, name, parent string) bool {
	original := strings.Replace(definition, " REFERENCES "+name+"(", " REFERENCES "+parent+"(", 1)
	if original == definition {
		return false
	}
	table, _, _ := strings.Cut(o.name, ".")
	for other, d := range s {
		if other.kind == "constraint" && strings.HasPrefix(other.name, table+".") && d == original {
			return true
		}
	}
	return false
}
