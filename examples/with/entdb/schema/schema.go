// Package schema describes the tables of schema.sql to ent.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"github.com/lib/pq"
)

// Author is a row of the table author.
type Author struct{ ent.Schema }

func (Author) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "author"}}
}

func (Author) Fields() []ent.Field {
	return []ent.Field{field.Int64("id"), field.String("name").Unique()}
}

func (Author) Edges() []ent.Edge {
	return []ent.Edge{edge.To("documents", Document.Type)}
}

// Document is a row of the table document.
type Document struct{ ent.Schema }

func (Document) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "document"}}
}

func (Document) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id"),
		field.Int64("author_id"),
		field.String("title"),
		field.Enum("state").Values("draft", "final").Default("draft").
			SchemaType(map[string]string{dialect.Postgres: "state"}),
		field.Other("tags", pq.StringArray{}).SchemaType(map[string]string{dialect.Postgres: "text[]"}),
	}
}

func (Document) Edges() []ent.Edge {
	return []ent.Edge{edge.From("author", Author.Type).Ref("documents").Field("author_id").Unique().Required()}
}
