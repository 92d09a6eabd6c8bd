package guard

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// newer is syntax that the guard's grammar lacks.
type newer struct {
	words   *regexp.Regexp
	what    string
	version int
}

// newerForms are from the release notes of PostgreSQL 17 and 18, "Changes".
var newerForms = []newer{
	{words(`json_table *\(`), "JSON_TABLE", 17},
	{words(`json_(value|query|exists) *\(`), "JSON_VALUE, JSON_QUERY or JSON_EXISTS with clauses", 17},
	{words(`json_serialize *\(`), "JSON_SERIALIZE with clauses", 17},
	{words(`json *\(.*(unique|format)\b`), "JSON(…) with clauses", 17},
	{words(`when +not +matched +by +(source|target)\b`), "WHEN NOT MATCHED BY SOURCE", 17},
	{words(`merge +into\b.*\breturning\b`), "MERGE … RETURNING", 17},
	{words(`returning +with *\(`), "RETURNING WITH (OLD AS …, NEW AS …)", 18},
	{words(`virtual\b`), "a virtual generated column", 18},
	{words(`not +enforced\b`), "a constraint that is NOT ENFORCED", 18},
	{words(`without +overlaps\b`), "WITHOUT OVERLAPS", 18},
	{words(`set +expression\b`), "SET EXPRESSION", 17},
}

func words(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?is)\b` + pattern) }

// newerText is how much of a text is searched, in bytes.
const newerText = 16 << 10

// newerSyntax says which syntax of a newer PostgreSQL a text that does not parse seems to hold, or returns "". It is
// for messages only: constants and comments may hold such words as well, so they are left out as far as they can be
// told.
func newerSyntax(sql string) string {
	var b strings.Builder
	at := 0
	bare := text.WithoutComments(sql[:min(len(sql), newerText)])
	for constant := range text.Constants(bare) {
		b.WriteString(bare[at:constant.Start])
		b.WriteString(" 0 ")
		at = constant.End
	}
	b.WriteString(bare[at:])
	plain := strings.Join(strings.Fields(b.String()), " ")
	for _, form := range newerForms {
		if form.words.MatchString(plain) {
			return form.what + " is syntax of PostgreSQL " + strconv.Itoa(form.version)
		}
	}
	return ""
}
