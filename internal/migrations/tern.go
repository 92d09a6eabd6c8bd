package migrations

import "strings"

// ternFile reads as tern does (jackc/tern, migrate/migrate.go): down to the mark, wherever in a line it stands.
type ternFile struct{ down bool }

const ternMark = "---- create above / drop below ----"

func (t *ternFile) line(s string) (string, bool, *complaint) {
	if t.down {
		return "", false, nil
	}
	above, _, found := strings.Cut(s, ternMark)
	switch at := strings.Index(above, "{{"); {
	case at >= 0:
		return "", false, &complaint{at, "{{", "tern takes this for a template, whose text is not known before it runs",
			"write the text; every tenant is made from the same"}
	case found:
		t.down = true
		return above, strings.TrimSpace(above) != "", nil
	case ternLine.MatchString(s) && strings.Contains(strings.ToLower(s), "create"):
		return "", false, &complaint{0, strings.TrimSpace(s), "tern takes this for a comment", "write " + ternMark}
	}
	return s, true, nil
}

func (t *ternFile) end() *complaint { return nil }
