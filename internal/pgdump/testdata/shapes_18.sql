-- What pg_dump of version 18 writes in another way, beside shapes.sql.
CREATE TABLE named_not_null (a int CONSTRAINT a_there NOT NULL, b text NOT NULL);
CREATE TABLE named_child (c int) INHERITS (named_not_null);
