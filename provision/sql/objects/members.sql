-- The objects of schema $1 that can be altered by name: KIND as in ALTER KIND, and the name with the schema. Members of
-- extensions and sequences of a column follow what they belong to. attached: it belongs to another object, as the functions
-- of a range type do. An aggregate is altered as a ROUTINE: as an AGGREGATE without arguments it would be n(*), and is n() here.
SELECT CASE i.type WHEN 'statistics object' THEN 'STATISTICS' WHEN 'aggregate' THEN 'ROUTINE' ELSE upper(i.type) END AS kind, i.identity AS name,
       d.classid, d.objid,
       EXISTS (SELECT FROM pg_depend AS o
                WHERE o.classid = d.classid AND o.objid = d.objid AND o.deptype = 'i' AND o.refobjid <> o.objid) AS attached
  FROM pg_depend AS d, pg_identify_object(d.classid, d.objid, 0) AS i
 WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = (SELECT oid FROM pg_namespace WHERE nspname = $1::text)
   AND d.classid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass,
                     'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_collation'::regclass, 'pg_conversion'::regclass,
                     'pg_statistic_ext'::regclass, 'pg_ts_config'::regclass, 'pg_ts_dict'::regclass)
   AND NOT EXISTS (SELECT FROM pg_depend AS o
                    WHERE o.classid = d.classid AND o.objid = d.objid
                      AND (o.deptype = 'e' OR i.type = 'sequence' AND o.deptype IN ('a', 'i')))
