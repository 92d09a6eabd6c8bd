-- What a schema can hold, for the tests to dump. The search_path has the schema. The test puts its name for {{schema}}
-- where it qualifies a name, and for {{name}} where it only looks so.
CREATE FUNCTION total_of(want bigint) RETURNS bigint LANGUAGE sql STABLE
    AS $$ SELECT sum(i.cents)::bigint FROM {{schema}}.item i WHERE i."order" = want $$;
CREATE TYPE mood AS ENUM ('sad', 'so so', 'it''s {{name}}.fine');
CREATE TYPE "Odd Type" AS (street text, city character varying(40));
CREATE DOMAIN positive AS integer DEFAULT 1 CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN place AS "Odd Type" CONSTRAINT has_city CHECK ((VALUE).city <> '');
CREATE COLLATION numeric_order (provider = icu, locale = 'en-u-kn-true');
CREATE FUNCTION price_diff(a numeric, b numeric) RETURNS double precision LANGUAGE sql IMMUTABLE
    AS 'SELECT (a - b)::float8 -- it''s {{name}}.price_diff';
CREATE TYPE price_range AS RANGE (subtype = numeric, subtype_diff = price_diff);
CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = pg_catalog.simple, stopwords = 'english');
CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword WITH plain, english_stem;
CREATE SEQUENCE free_number AS integer START 100 INCREMENT 5 CYCLE MAXVALUE 1000;
CREATE TABLE item (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 7) PRIMARY KEY,
    "order" bigint NOT NULL,
    cents bigint DEFAULT 0 CHECK (cents >= 0),
    number integer DEFAULT nextval('free_number'),
    feeling mood DEFAULT 'so so'::mood NOT NULL,
    home "Odd Type" DEFAULT ROW('a', 'b')::"Odd Type",
    worth positive,
    prices price_range DEFAULT '[1,2)'::price_range,
    name text COLLATE numeric_order,
    twice bigint GENERATED ALWAYS AS (cents * 2) STORED,
    found tsvector GENERATED ALWAYS AS (to_tsvector('words'::regconfig, COALESCE(name, ''))) STORED,
    tags {{ext}}hstore DEFAULT {{ext}}hstore('a', '1'),
    mail {{ext}}citext UNIQUE,
    CONSTRAINT cheap CHECK (cents < 1000 OR feeling = 'sad'::mood)
) WITH (fillfactor = 70);
CREATE TABLE "Mixed Case" (
    "Id" serial PRIMARY KEY,
    item bigint REFERENCES item (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    "user" text DEFAULT CURRENT_USER,
    during tstzrange,
    EXCLUDE USING gist (item WITH =, during WITH &&)
);
CREATE TABLE "user" (name text PRIMARY KEY, public text, app text);
CREATE TABLE event (at date NOT NULL, what text DEFAULT 'x', PRIMARY KEY (at)) PARTITION BY RANGE (at);
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE INDEX event_what ON event (what);
CREATE TABLE listed (feeling mood) PARTITION BY LIST (feeling);
CREATE TABLE listed_sad PARTITION OF listed FOR VALUES IN ('sad');
CREATE TABLE hashed (a int) PARTITION BY HASH (a);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE person (name text NOT NULL);
CREATE TABLE employee (boss text) INHERITS (person);
CREATE UNLOGGED TABLE scratch OF "Odd Type";
CREATE FUNCTION total_fixed(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE INDEX item_total ON item (total_fixed(cents)) WHERE feeling <> 'sad'::mood;
CREATE INDEX item_name ON item USING gin (name {{ext}}gin_trgm_ops);
CREATE UNIQUE INDEX item_order ON item ("order" DESC NULLS LAST) INCLUDE (cents);
ALTER TABLE item CLUSTER ON item_order;
ALTER TABLE item REPLICA IDENTITY USING INDEX item_pkey;
ALTER TABLE item ALTER COLUMN cents SET STATISTICS 500;
CREATE STATISTICS item_stats (dependencies, ndistinct) ON "order", cents FROM item;
CREATE FUNCTION cheaper(item, item) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.cents < $2.cents';
CREATE FUNCTION cheaper_sel(mood, mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE OPERATOR <~ (LEFTARG = item, RIGHTARG = item, FUNCTION = cheaper);
CREATE OPERATOR === (LEFTARG = mood, RIGHTARG = mood, FUNCTION = cheaper_sel, COMMUTATOR = ===, RESTRICT = eqsel);
CREATE AGGREGATE total (bigint) (sfunc = int8pl, stype = bigint, initcond = '0');
CREATE FUNCTION add_item(state bigint, item) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT state + $2.cents';
CREATE AGGREGATE worth_of (item) (sfunc = add_item, stype = bigint, initcond = '0', sortop = OPERATOR({{schema}}.<~));
CREATE FUNCTION items_of(want mood DEFAULT 'sad'::mood) RETURNS SETOF item STABLE
    BEGIN ATOMIC
        SELECT * FROM item WHERE feeling = want AND CASE WHEN cents > 0 THEN true ELSE feeling === 'sad'::mood END;
    END;
CREATE FUNCTION one_of(want bigint) RETURNS TABLE (id bigint, feeling mood) LANGUAGE plpgsql
    SET search_path TO {{name}}, pg_temp SET work_mem TO '4MB' AS $body$
DECLARE
    r {{schema}}.item%ROWTYPE;
    m {{schema}}.mood := 'sad';
    "user" {{schema}}.user;
BEGIN
    -- of {{name}}.item
    SELECT * INTO r FROM {{schema}}.item WHERE {{schema}}.item.id = want;
    SELECT * INTO "user" FROM {{schema}}.user LIMIT 1;
    IF {{schema}}.total_of(want) > 3 THEN
        PERFORM nextval('{{schema}}.free_number');
        RETURN QUERY SELECT i.id, i.feeling FROM {{schema}}.item AS i WHERE i.feeling OPERATOR({{schema}}.===) m;
    END IF;
    EXECUTE 'SELECT 1 FROM person';
END $body$;
CREATE PROCEDURE remember(what text, INOUT n integer) LANGUAGE plpgsql AS $$
BEGIN INSERT INTO {{schema}}.event (at, what) VALUES ('2026-02-03', what); n := n + 1; END $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event VALUES (now()::date, TG_ARGV[0]) ON CONFLICT DO NOTHING;
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF cents ON item FOR EACH ROW
    WHEN (NEW.feeling = 'sad'::mood) EXECUTE FUNCTION touch('it''s');
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER seen AFTER DELETE ON item REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION touch();
ALTER TABLE item ENABLE ALWAYS TRIGGER seen;
CREATE VIEW loud WITH (security_barrier = true) AS
    SELECT i.id, upper(i.name) AS name, total_of(i.id) AS total, i.feeling === 'sad'::mood AS sad, (i.home).city,
           i.name COLLATE numeric_order AS sorted, i.mail = 'x'::{{ext}}citext AS mine
      FROM ONLY item i JOIN "Mixed Case" m ON m.item = i.id;
CREATE VIEW louder AS SELECT loud.*, worth_of(item) OVER (PARTITION BY loud.total) FROM loud, item;
CREATE MATERIALIZED VIEW moods AS SELECT feeling, count(*) AS n, total(cents) FROM item GROUP BY feeling WITH NO DATA;
CREATE UNIQUE INDEX moods_feeling ON moods (feeling);
CREATE RECURSIVE VIEW tree (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM tree WHERE n < total_of(1);
CREATE VIEW aliased AS SELECT {{name}}.name, {{name}}.*::text AS whole FROM "user" {{name}};
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
ALTER TABLE item FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON item FOR UPDATE USING (feeling <> 'sad'::mood AND EXISTS (SELECT FROM "user" u WHERE u.name = item.name))
    WITH CHECK (total_of(id) > 0);
CREATE POLICY sure ON item AS RESTRICTIVE USING (cents >= 0);
CREATE TABLE {{name}} (id integer PRIMARY KEY, name text);
CREATE VIEW same_name AS SELECT {{name}}.id, count({{name}}.*) FROM {{name}} GROUP BY {{name}}.id;
CREATE FUNCTION same_name() RETURNS bigint LANGUAGE sql
    AS 'SELECT count({{name}}.*) FROM {{schema}}.{{name}} WHERE {{name}}.id > 0';
COMMENT ON TABLE item IS 'in {{name}}.item, it''s';
COMMENT ON COLUMN item.cents IS 'cents; not $$';
COMMENT ON CONSTRAINT cheap ON item IS 'constraint';
COMMENT ON CONSTRAINT is_positive ON DOMAIN positive IS 'of a domain';
COMMENT ON TRIGGER touch ON item IS 'trigger';
COMMENT ON POLICY mine ON item IS 'policy';
COMMENT ON FUNCTION one_of(bigint) IS 'function';
COMMENT ON PROCEDURE remember(text, integer) IS 'procedure';
COMMENT ON AGGREGATE worth_of(item) IS 'aggregate';
COMMENT ON OPERATOR === (mood, mood) IS 'operator';
COMMENT ON TYPE mood IS 'type';
COMMENT ON DOMAIN positive IS 'domain';
COMMENT ON VIEW loud IS 'view';
COMMENT ON MATERIALIZED VIEW moods IS 'materialized view';
COMMENT ON SEQUENCE free_number IS 'sequence';
COMMENT ON INDEX item_name IS 'index';
COMMENT ON COLLATION numeric_order IS 'collation';
COMMENT ON STATISTICS item_stats IS 'statistics';
COMMENT ON TEXT SEARCH CONFIGURATION words IS 'configuration';
COMMENT ON TEXT SEARCH DICTIONARY plain IS 'dictionary';
COMMENT ON COLUMN "Odd Type".street IS 'attribute';
