-- name: AddAuthor :exec
INSERT INTO author (name) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: AddDocument :exec
INSERT INTO document (author_id, title, state, tags)
SELECT id, @title, @state, @tags::text[] FROM author WHERE name = @author;

-- name: FindDocuments :many
SELECT title, state, tags FROM document
WHERE author_id = (SELECT id FROM author WHERE name = @author) AND state = @state ORDER BY title;

-- name: FinishDocuments :execrows
UPDATE document SET state = 'final'
WHERE author_id = (SELECT id FROM author WHERE name = @author) AND title = ANY(@titles::text[]);
