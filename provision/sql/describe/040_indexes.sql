-- Indexes, those behind constraints too. Groups are of B-trees with operator classes of the server's own: others may have parameters,
-- which are elsewhere. The schema of the table is left out, so that one text is every tenant's. See 000_members.sql for groups.
SELECT 'index', name, head || substr(pg_get_indexdef(printed[1]::oid), length(head) + printed[2]::integer + 2) || state, n
  FROM (SELECT name, head, state, min(ARRAY[oid::bigint, length(schema)]) AS printed, array_agg(n) AS n
          FROM (SELECT r.n, r.schema, r.name AS relation, r.columns, i.indexrelid AS oid, quote_ident(c.relname) AS name,
                       format('CREATE %sINDEX %I ON %s', CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname,
                              CASE c.relkind WHEN 'I' THEN 'ONLY ' END) AS head,
                       CASE WHEN NOT i.indisvalid THEN ' INVALID' ELSE '' END
                       || CASE WHEN i.indisreplident THEN ' REPLICA IDENTITY' ELSE '' END AS state,
                       c.reloptions, i.indnullsnotdistinct, i.indkey::text AS key, i.indclass::oid[] AS classes,
                       i.indcollation::oid[] AS collations, i.indoption::text AS options, i.indexprs::text AS expressions,
                       i.indpred::text AS predicate,
                       CASE WHEN m.amname = 'btree' AND 16384 > ALL (i.indclass::oid[]) THEN 0 ELSE i.indexrelid END AS alone
                  FROM tabular AS r JOIN pg_index AS i ON i.indrelid = r.oid JOIN pg_class AS c ON c.oid = i.indexrelid
                  JOIN pg_am AS m ON m.oid = c.relam WHERE NOT r.parted) AS i
         GROUP BY relation, columns, name, head, state, reloptions, indnullsnotdistinct, key, classes, collations, options,
                  expressions, predicate, alone) AS i
