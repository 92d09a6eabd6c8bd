package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

// Search says which documents are wanted. What is empty does not matter.
type Search struct {
	Text   string            // words that the name or the body has
	Prefix string            // what the name begins with
	Tags   []string          // the document has all of them
	Meta   map[string]string // the document has all of them
	Since  time.Time
	Page   Page
}

// conditions collects what a WHERE clause says, and its arguments.
type conditions struct {
	clauses []string
	args    []any
}

// add takes a clause in which %d stands for the number of each argument.
func (c *conditions) add(clause string, args ...any) {
	numbers := make([]any, len(args))
	for i, arg := range args {
		c.args = append(c.args, arg)
		numbers[i] = len(c.args)
	}
	c.clauses = append(c.clauses, fmt.Sprintf(clause, numbers...))
}

// likeEscaper takes the meaning from LIKE's wildcards.
var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Search returns a page of the documents that match, without their bodies.
func (s *Store) Search(ctx context.Context, q Search) ([]Document, error) {
	var c conditions
	c.add("id > $%d", q.Page.After)
	if q.Text != "" {
		c.add("to_tsvector('english', name || ' ' || body) @@ websearch_to_tsquery('english', $%d)", q.Text)
	}
	if q.Prefix != "" {
		c.add("name ILIKE $%d", likeEscaper.Replace(q.Prefix)+"%")
	}
	if len(q.Tags) > 0 {
		c.add("tags @> $%d", pq.Array(q.Tags))
	}
	for key, value := range q.Meta {
		c.add("EXISTS (SELECT FROM metadata m WHERE m.document_id = document.id AND m.key = $%d AND m.value = $%d)",
			key, value)
	}
	if !q.Since.IsZero() {
		c.add("created_at >= $%d", q.Since)
	}
	query := `SELECT ` + documentColumns + ` FROM document WHERE ` + strings.Join(c.clauses, " AND ") +
		fmt.Sprintf(" ORDER BY id LIMIT %d", q.Page.limit())
	documents := []Document{}
	err := s.db.SelectContext(ctx, &documents, query, c.args...)
	return documents, translate("search", err)
}

// TagCount is a tag and how many documents have it.
type TagCount struct {
	Tag       string `db:"tag" json:"tag"`
	Documents int64  `db:"documents" json:"documents"`
}

// Tags returns the tags that are used most.
func (s *Store) Tags(ctx context.Context, limit int) ([]TagCount, error) {
	tags := []TagCount{}
	err := s.db.Select(&tags, `
		SELECT tag, count(*) AS documents
		FROM public.document, unnest(tags) AS tag
		GROUP BY tag ORDER BY count(*) DESC, tag LIMIT $1`, Page{Limit: limit}.limit())
	return tags, translate("tags", err)
}
