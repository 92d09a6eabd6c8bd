package guard_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	"pgregory.net/rapid"
)

// pieces are the tokens of generated statements. They hold no dollar quotes and no comments.
var pieces = regexp.MustCompile(
	`(?:[eE]|[uU]&)?'[^']*'|"[^"]*"|\$[0-9]+|[A-Za-z_][A-Za-z_0-9]*|[0-9.]+|::|[-+*/<>=~!@#%^&|?:]+|[(),.;\[\]]`)

var (
	word   = regexp.MustCompile(`^[A-Za-z_]`)
	symbol = regexp.MustCompile(`^(::|[-+*/<>=~!@#%^&|?:])`)
)

// quotable are words that are names wherever they stand in generated statements.
var quotable = setOf(`tenant_globex tenant_acme docex_system ref public corpus pg_catalog information_schema pg_temp
	documents scratch baskets jobs counters folders countries tenants pg_class pg_authid pg_shadow pg_settings regclass
	regproc regtype regrole regnamespace aclitem name_ops_t text_ops doc_status address short_name get_secret docs_in
	doc_count nextval setval currval set_config current_setting pg_read_file dblink lower length query_to_xml id n s k v
	label basket_id tenant_coll join_names text_ops pg_relation_size to_tsvector sub q x`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// respell writes a statement with other white space, comments, case and quotes around names.
func respell(t *rapid.T, sql string) string {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "spelling"), 0)) // a draw for each token would take most of the time
	quote := r.IntN(2) == 0
	var b strings.Builder
	last := ""
	for _, p := range pieces.FindAllString(sql, -1) {
		if last != "" {
			b.WriteString(gap(r, last, p))
		}
		switch {
		case !word.MatchString(p) || strings.HasSuffix(p, "'"):
		case quote && quotable[p]:
			p = quoted(r, p)
		default:
			p = recase(r, p)
		}
		b.WriteString(p)
		last = p
	}
	return b.String()
}

var gaps = []string{" ", "  ", "\n", "\t", "\r\n", "\f", " /* a comment */ ", " -- a comment; SELECT\n", "/**/ ",
	" /* a /* nested */ ' */ ", "\n--\n", "/* \" */"}

// gap is what may stand between a token and the next one. Some tokens would melt into one without it.
func gap(r *rand.Rand, last, next string) string {
	between := gaps[r.IntN(len(gaps))]
	switch {
	case strings.HasPrefix(between, "/") && (symbol.MatchString(last) || symbol.MatchString(next)):
		return " " // a comment right behind an operator would be counted as a run of operators
	case strings.HasSuffix(last, "'") && strings.HasSuffix(next, "'"):
		return " " // two constants on two lines are one
	case (apart(last[len(last)-1]) || apart(next[0])) && r.IntN(2) == 0:
		return ""
	}
	return between
}

// apart reports whether a character is a token by itself, whatever stands beside it.
func apart(c byte) bool { return strings.IndexByte("(),[];.", c) >= 0 }

func recase(r *rand.Rand, word string) string {
	switch r.IntN(3) {
	case 0:
		return strings.ToUpper(word)
	case 1:
		return strings.ToUpper(word[:1]) + word[1:]
	}
	return word
}

// quoted writes a name in one of the three ways that keep it what it is.
func quoted(r *rand.Rand, name string) string {
	at := r.IntN(len(name))
	switch r.IntN(3) {
	case 0:
		return fmt.Sprintf(`U&"%s\%04x%s"`, name[:at], name[at], name[at+1:])
	case 1:
		return fmt.Sprintf(`u&"%s!+%06x%s" UESCAPE '!'`, name[:at], name[at], name[at+1:])
	}
	return `"` + name + `"`
}
