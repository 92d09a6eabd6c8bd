-- Owners: that of the schema, by what it may not be, and those that differ from it.
SELECT 'owner', 'schema', COALESCE((SELECT w.label FROM who AS w WHERE w.oid = h.owner), '{{administrator}}') FROM home AS h
UNION ALL
SELECT 'owner', o.name, COALESCE(w.label, quote_ident(pg_get_userbyid(o.owner)))
  FROM home AS h, (SELECT name, relowner FROM relation UNION ALL SELECT name, proowner FROM routine
                   UNION ALL SELECT name, typowner FROM type) AS o (name, owner) LEFT JOIN who AS w ON w.oid = o.owner
 WHERE o.owner <> h.owner
