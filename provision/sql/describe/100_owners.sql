-- Owners: that of the schema, by what it may not be, and those that differ from it.
SELECT 'owner', 'schema', COALESCE(CASE h.owner WHEN h.role THEN '{{role}}' END,
                                   (SELECT w.label FROM who AS w WHERE w.oid = h.owner), '{{administrator}}'), ARRAY[h.n] FROM home AS h
UNION ALL
SELECT 'owner', o.name, COALESCE(CASE o.owner WHEN o.role THEN '{{role}}' END, w.label, quote_ident(pg_get_userbyid(o.owner))), ARRAY[o.n]
  FROM (SELECT n, role, homeowner, name, relowner FROM relation UNION ALL SELECT n, role, homeowner, name, proowner FROM routine
        UNION ALL SELECT n, role, homeowner, name, typowner FROM type) AS o (n, role, homeowner, name, owner)
  LEFT JOIN who AS w ON w.oid = o.owner
 WHERE o.owner <> o.homeowner
