-- The rows of one tenant; {schema} is its schema, {mark} is in every row of the other tenant's that a leak could show.
SET search_path = {schema};
-- These belong to the superuser alone, so provisioning refuses them in a DDL; a database may have them all the same.
CREATE OPERATOR CLASS name_ops_t FOR TYPE text USING btree AS
    OPERATOR 1 <<<, OPERATOR 3 ===, FUNCTION 1 bttextcmp(text, text);
CREATE FUNCTION tenant_sampler(internal) RETURNS tsm_handler LANGUAGE internal STRICT AS 'tsm_bernoulli_handler';
INSERT INTO mark VALUES ('{mark}');
INSERT INTO baskets (name, owner_addr) SELECT '{mark} basket ' || g, ROW('{mark} street', '{mark} city')::address FROM generate_series(1, 3) g;
INSERT INTO documents (name, status, body, tsv, basket_id, tags, scores, label, price, valid, created_at)
SELECT '{mark} doc ' || i, (CASE i % 3 WHEN 0 THEN 'archived' WHEN 1 THEN 'active' ELSE 'draft' END)::doc_status,
       jsonb_build_object('title', '{mark} title ' || i, 'pages', i), to_tsvector('simple', '{mark} invoice number ' || i),
       1 + i % 3, ARRAY['red', '{mark}'], ARRAY[i, i * 2], '{mark}', i * 10.5, daterange('2024-01-01', date '2024-01-01' + i),
       timestamptz '2024-06-01 00:00+00' + make_interval(days => i)
  FROM generate_series(1, 23) i;
INSERT INTO document_metadata SELECT id, 'author', '{mark} author' FROM documents;
INSERT INTO events (document_id, kind, payload, created_at)
SELECT g, 'view', jsonb_build_object('who', '{mark}'), timestamptz '2024-06-01 00:00+00' + make_interval(days => g * 60) FROM generate_series(1, 6) g;
INSERT INTO jobs (payload) SELECT jsonb_build_object('job', '{mark}', 'n', g) FROM generate_series(1, 4) g;
INSERT INTO counters VALUES ('docs', 7), ('{mark}', 1);
INSERT INTO folders VALUES (1, NULL, '{mark} root'), (2, 1, '{mark} child'), (3, 2, '{mark} grandchild');
INSERT INTO scratch VALUES (1, '{mark}'), (2, 'x');
INSERT INTO "Weird Table" VALUES (1, '{mark}');
REFRESH MATERIALIZED VIEW doc_stats;
ANALYZE documents;
SELECT setval('doc_number_seq', 777001);
RESET search_path;
