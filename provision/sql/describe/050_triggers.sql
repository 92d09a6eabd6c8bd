-- Triggers (but those that keep foreign keys), rules (but those that are views), and row security policies.
SELECT 'trigger', format('%s.%s', r.name, quote_ident(t.tgname)),
       pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'D' THEN ' DISABLED' WHEN 'R' THEN ' REPLICA' WHEN 'A' THEN ' ALWAYS' ELSE '' END, ARRAY[r.n]
  FROM tabular AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid
 WHERE NOT t.tgisinternal -- and is not its parent's, unless somebody has turned it off or on for the partition alone
   AND NOT (r.parted AND t.tgparentid <> 0 AND t.tgenabled = (SELECT g.tgenabled FROM pg_trigger AS g WHERE g.oid = t.tgparentid))
UNION ALL
SELECT 'trigger', format('%s foreign key triggers', r.name), 'DISABLED', ARRAY[r.n]
  FROM tabular AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid WHERE t.tgisinternal AND t.tgenabled <> 'O' GROUP BY r.n, r.name
UNION ALL
SELECT 'rule', format('%s.%s', r.name, quote_ident(w.rulename)),
       pg_get_ruledef(w.oid) || CASE w.ev_enabled WHEN 'O' THEN '' ELSE ' DISABLED' END, ARRAY[r.n]
  FROM tabular AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'policy', format('%s.%s', r.name, quote_ident(p.polname)),
       concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
           'TO ' || (SELECT string_agg(COALESCE(CASE g WHEN r.role THEN '{{role}}' END, w.label, quote_ident(pg_get_userbyid(g))), ', '
                                       ORDER BY COALESCE(CASE g WHEN r.role THEN '{{role}}' END, w.label, quote_ident(pg_get_userbyid(g))) COLLATE "C")
                       FROM unnest(p.polroles) AS g LEFT JOIN who AS w ON w.oid = g),
           'USING ' || pg_get_expr(p.polqual, p.polrelid), 'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid)), ARRAY[r.n]
  FROM tabular AS r JOIN pg_policy AS p ON p.polrelid = r.oid
