package provision

import (
	"fmt"
	"strings"
)

// Change is how an object differs. The zero Change is none of them.
type Change string

const (
	Missing Change = "missing" // expected and not there
	Extra   Change = "extra"   // there and not expected
	Changed Change = "changed" // there with another definition
)

// Difference is one object of a tenant that is not as expected.
type Difference struct {
	Change Change // how it differs
	// Kind is what the object is: table, column, constraint, index, trigger, function, type, sequence, view, owner, grant,
	// role, membership, schema and so on, as PostgreSQL names it; "column order" is that of a table's or composite type's
	// columns, and "partition" the row security of a partition.
	Kind string
	// Object is its name, without the schema; with the table's before it where it belongs to one.
	Object string
	// Want and Got are its definition, as PostgreSQL prints it. Want is empty when it is extra, Got when it is missing;
	// both may be empty for what has a name only.
	Want, Got string
}

// String returns the difference in one line. Long definitions are cut: of two that differ the part where they begin to
// differ is shown.
func (d Difference) String() string {
	subject := strings.TrimSpace(d.Kind + " " + d.Object)
	switch d.Change {
	case Changed:
		got, want := shownBoth(d.Got, d.Want)
		return fmt.Sprintf("%s is %s, want %s", subject, got, want)
	case Missing:
		return strings.TrimSpace("missing " + subject + detail(d.Want))
	default:
		return strings.TrimSpace("extra " + subject + detail(d.Got))
	}
}

// DriftError lists how a tenant differs from what it should be. It matches [ErrDrift].
type DriftError struct {
	Differences []Difference // at least one; sorted by kind and object
}

// maxListed bounds how many differences a message lists.
const maxListed = 10

func (e *DriftError) Error() string { return ErrDrift.Error() + ": " + list(e.Differences) }

// list returns the first differences in one line.
func list(ds []Difference) string {
	lines := make([]string, 0, maxListed+1)
	for i, d := range ds {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("and %d more", len(ds)-maxListed))
			break
		}
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "; ")
}

// Is reports whether target is ErrDrift.
func (e *DriftError) Is(target error) bool { return target == ErrDrift }

// driftError returns nil for no differences.
func driftError(ds []Difference) error {
	if len(ds) == 0 {
		return nil
	}
	return &DriftError{Differences: ds}
}
