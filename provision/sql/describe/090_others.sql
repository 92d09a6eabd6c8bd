-- Whatever else is in the schema: by name, and extended statistics with their definition.
SELECT i.type, i.identity,
       CASE WHEN m.classid = 'pg_statistic_ext'::regclass THEN pg_get_statisticsobjdef(m.oid) ELSE '' END, ARRAY[m.n]
  FROM member AS m, pg_identify_object(m.classid, m.oid, 0) AS i
 WHERE m.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_default_acl'::regclass)
