-- A file of sqlc's. docex check refuses one of its queries: see docs/adopting.md.

-- name: ListDocuments :many
SELECT id, name FROM document WHERE docbasket_id = sqlc.arg(docbasket) ORDER BY name;

-- name: CountDocuments :one
SELECT count(*) FROM public.document;

-- name: DeleteDocument :exec
DELETE FROM document WHERE id = @id;
