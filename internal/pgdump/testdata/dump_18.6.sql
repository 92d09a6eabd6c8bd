--
-- PostgreSQL database dump
--

\restrict TJeA68p6rIacBfJwaa2jZPbGVCtrcTciwDIz5X2ZdW4hhH2QBoehNSr1ZRl5VJn

-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.6 (Debian 18.6-3)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: numeric_order; Type: COLLATION; Schema: public; Owner: postgres
--

CREATE COLLATION public.numeric_order (provider = icu, locale = 'en-u-kn-true');


ALTER COLLATION public.numeric_order OWNER TO postgres;

--
-- Name: COLLATION numeric_order; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLLATION public.numeric_order IS 'collation';


--
-- Name: btree_gist; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;


--
-- Name: EXTENSION btree_gist; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';


--
-- Name: citext; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;


--
-- Name: EXTENSION citext; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION citext IS 'data type for case-insensitive character strings';


--
-- Name: hstore; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;


--
-- Name: EXTENSION hstore; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION hstore IS 'data type for storing sets of (key, value) pairs';


--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;


--
-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';


--
-- Name: Odd Type; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public."Odd Type" AS (
	street text,
	city character varying(40)
);


ALTER TYPE public."Odd Type" OWNER TO postgres;

--
-- Name: COLUMN "Odd Type".street; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLUMN public."Odd Type".street IS 'attribute';


--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'sad',
    'so so',
    'it''s public.fine'
);


ALTER TYPE public.mood OWNER TO postgres;

--
-- Name: TYPE mood; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TYPE public.mood IS 'type';


--
-- Name: place; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.place AS public."Odd Type"
	CONSTRAINT has_city CHECK ((((VALUE).city)::text <> ''::text));


ALTER DOMAIN public.place OWNER TO postgres;

--
-- Name: positive; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.positive AS integer DEFAULT 1
	CONSTRAINT is_positive CHECK ((VALUE > 0));


ALTER DOMAIN public.positive OWNER TO postgres;

--
-- Name: DOMAIN positive; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON DOMAIN public.positive IS 'domain';


--
-- Name: CONSTRAINT is_positive ON DOMAIN positive; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON CONSTRAINT is_positive ON DOMAIN public.positive IS 'of a domain';


--
-- Name: price_diff(numeric, numeric); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.price_diff(a numeric, b numeric) RETURNS double precision
    LANGUAGE sql IMMUTABLE
    AS $$SELECT (a - b)::float8 -- it's public.price_diff$$;


ALTER FUNCTION public.price_diff(a numeric, b numeric) OWNER TO postgres;

--
-- Name: price_range; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.price_range AS RANGE (
    subtype = numeric,
    multirange_type_name = public.price_multirange,
    subtype_diff = public.price_diff
);


ALTER TYPE public.price_range OWNER TO postgres;

--
-- Name: plain; Type: TEXT SEARCH DICTIONARY; Schema: public; Owner: postgres
--

CREATE TEXT SEARCH DICTIONARY public.plain (
    TEMPLATE = pg_catalog.simple,
    stopwords = 'english' );


ALTER TEXT SEARCH DICTIONARY public.plain OWNER TO postgres;

--
-- Name: TEXT SEARCH DICTIONARY plain; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TEXT SEARCH DICTIONARY public.plain IS 'dictionary';


--
-- Name: words; Type: TEXT SEARCH CONFIGURATION; Schema: public; Owner: postgres
--

CREATE TEXT SEARCH CONFIGURATION public.words (
    PARSER = pg_catalog."default" );

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR asciiword WITH public.plain, english_stem;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR word WITH english_stem;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR numword WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR email WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR url WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR host WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR sfloat WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR version WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR hword_numpart WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR hword_part WITH english_stem;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR hword_asciipart WITH english_stem;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR numhword WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR asciihword WITH english_stem;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR hword WITH english_stem;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR url_path WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR file WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR "float" WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR "int" WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.words
    ADD MAPPING FOR uint WITH simple;


ALTER TEXT SEARCH CONFIGURATION public.words OWNER TO postgres;

--
-- Name: TEXT SEARCH CONFIGURATION words; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TEXT SEARCH CONFIGURATION public.words IS 'configuration';


--
-- Name: free_number; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.free_number
    AS integer
    START WITH 100
    INCREMENT BY 5
    NO MINVALUE
    MAXVALUE 1000
    CACHE 1
    CYCLE;


ALTER SEQUENCE public.free_number OWNER TO postgres;

--
-- Name: SEQUENCE free_number; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON SEQUENCE public.free_number IS 'sequence';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: item; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.item (
    id bigint NOT NULL,
    "order" bigint NOT NULL,
    cents bigint DEFAULT 0,
    number integer DEFAULT nextval('public.free_number'::regclass),
    feeling public.mood DEFAULT 'so so'::public.mood NOT NULL,
    home public."Odd Type" DEFAULT ROW('a'::text, 'b'::character varying(40))::public."Odd Type",
    worth public.positive,
    prices public.price_range DEFAULT '[1,2)'::public.price_range,
    name text COLLATE public.numeric_order,
    twice bigint GENERATED ALWAYS AS ((cents * 2)) STORED,
    found tsvector GENERATED ALWAYS AS (to_tsvector('public.words'::regconfig, COALESCE(name, ''::text))) STORED,
    tags public.hstore DEFAULT public.hstore('a'::text, '1'::text),
    mail public.citext,
    CONSTRAINT cheap CHECK (((cents < 1000) OR (feeling = 'sad'::public.mood))),
    CONSTRAINT item_cents_check CHECK ((cents >= 0))
)
WITH (fillfactor='70');
ALTER TABLE ONLY public.item ALTER COLUMN cents SET STATISTICS 500;

ALTER TABLE ONLY public.item FORCE ROW LEVEL SECURITY;


ALTER TABLE public.item OWNER TO postgres;

--
-- Name: TABLE item; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.item IS 'in public.item, it''s';


--
-- Name: COLUMN item.cents; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLUMN public.item.cents IS 'cents; not $$';


--
-- Name: CONSTRAINT cheap ON item; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON CONSTRAINT cheap ON public.item IS 'constraint';


--
-- Name: add_item(bigint, public.item); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.add_item(state bigint, public.item) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $_$SELECT state + $2.cents$_$;


ALTER FUNCTION public.add_item(state bigint, public.item) OWNER TO postgres;

--
-- Name: cheaper(public.item, public.item); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.cheaper(public.item, public.item) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $_$SELECT $1.cents < $2.cents$_$;


ALTER FUNCTION public.cheaper(public.item, public.item) OWNER TO postgres;

--
-- Name: cheaper_sel(public.mood, public.mood); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.cheaper_sel(public.mood, public.mood) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $_$SELECT $1 = $2$_$;


ALTER FUNCTION public.cheaper_sel(public.mood, public.mood) OWNER TO postgres;

--
-- Name: ===; Type: OPERATOR; Schema: public; Owner: postgres
--

CREATE OPERATOR public.=== (
    FUNCTION = public.cheaper_sel,
    LEFTARG = public.mood,
    RIGHTARG = public.mood,
    COMMUTATOR = OPERATOR(public.===),
    RESTRICT = eqsel
);


ALTER OPERATOR public.=== (public.mood, public.mood) OWNER TO postgres;

--
-- Name: OPERATOR === (public.mood, public.mood); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON OPERATOR public.=== (public.mood, public.mood) IS 'operator';


--
-- Name: items_of(public.mood); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.items_of(want public.mood DEFAULT 'sad'::public.mood) RETURNS SETOF public.item
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT item.id,
     item."order",
     item.cents,
     item.number,
     item.feeling,
     item.home,
     item.worth,
     item.prices,
     item.name,
     item.twice,
     item.found,
     item.tags,
     item.mail
    FROM public.item
   WHERE ((item.feeling = items_of.want) AND
         CASE
             WHEN (item.cents > 0) THEN true
             ELSE (item.feeling OPERATOR(public.===) 'sad'::public.mood)
         END);
END;


ALTER FUNCTION public.items_of(want public.mood) OWNER TO postgres;

--
-- Name: one_of(bigint); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.one_of(want bigint) RETURNS TABLE(id bigint, feeling public.mood)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    SET work_mem TO '4MB'
    AS $$
DECLARE
    r public.item%ROWTYPE;
    m public.mood := 'sad';
    "user" public.user;
BEGIN
    -- of public.item
    SELECT * INTO r FROM public.item WHERE public.item.id = want;
    SELECT * INTO "user" FROM public.user LIMIT 1;
    IF public.total_of(want) > 3 THEN
        PERFORM nextval('public.free_number');
        RETURN QUERY SELECT i.id, i.feeling FROM public.item AS i WHERE i.feeling OPERATOR(public.===) m;
    END IF;
    EXECUTE 'SELECT 1 FROM person';
END $$;


ALTER FUNCTION public.one_of(want bigint) OWNER TO postgres;

--
-- Name: FUNCTION one_of(want bigint); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON FUNCTION public.one_of(want bigint) IS 'function';


--
-- Name: remember(text, integer); Type: PROCEDURE; Schema: public; Owner: postgres
--

CREATE PROCEDURE public.remember(IN what text, INOUT n integer)
    LANGUAGE plpgsql
    AS $$
BEGIN INSERT INTO public.event (at, what) VALUES ('2026-02-03', what); n := n + 1; END $$;


ALTER PROCEDURE public.remember(IN what text, INOUT n integer) OWNER TO postgres;

--
-- Name: PROCEDURE remember(IN what text, INOUT n integer); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON PROCEDURE public.remember(IN what text, INOUT n integer) IS 'procedure';


--
-- Name: same_name(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.same_name() RETURNS bigint
    LANGUAGE sql
    AS $$SELECT count(public.*) FROM public.public WHERE public.id > 0$$;


ALTER FUNCTION public.same_name() OWNER TO postgres;

--
-- Name: total_fixed(bigint); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.total_fixed(bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $_$SELECT $1 + 1$_$;


ALTER FUNCTION public.total_fixed(bigint) OWNER TO postgres;

--
-- Name: total_of(bigint); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.total_of(want bigint) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$ SELECT sum(i.cents)::bigint FROM public.item i WHERE i."order" = want $$;


ALTER FUNCTION public.total_of(want bigint) OWNER TO postgres;

--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO event VALUES (now()::date, TG_ARGV[0]) ON CONFLICT DO NOTHING;
    RETURN NEW;
END $$;


ALTER FUNCTION public.touch() OWNER TO postgres;

--
-- Name: total(bigint); Type: AGGREGATE; Schema: public; Owner: postgres
--

CREATE AGGREGATE public.total(bigint) (
    SFUNC = int8pl,
    STYPE = bigint,
    INITCOND = '0'
);


ALTER AGGREGATE public.total(bigint) OWNER TO postgres;

--
-- Name: <~; Type: OPERATOR; Schema: public; Owner: postgres
--

CREATE OPERATOR public.<~ (
    FUNCTION = public.cheaper,
    LEFTARG = public.item,
    RIGHTARG = public.item
);


ALTER OPERATOR public.<~ (public.item, public.item) OWNER TO postgres;

--
-- Name: worth_of(public.item); Type: AGGREGATE; Schema: public; Owner: postgres
--

CREATE AGGREGATE public.worth_of(public.item) (
    SFUNC = public.add_item,
    STYPE = bigint,
    INITCOND = '0',
    SORTOP = OPERATOR(public.<~)
);


ALTER AGGREGATE public.worth_of(public.item) OWNER TO postgres;

--
-- Name: AGGREGATE worth_of(public.item); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON AGGREGATE public.worth_of(public.item) IS 'aggregate';


--
-- Name: Mixed Case; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."Mixed Case" (
    "Id" integer NOT NULL,
    item bigint,
    "user" text DEFAULT CURRENT_USER,
    during tstzrange
);


ALTER TABLE public."Mixed Case" OWNER TO postgres;

--
-- Name: Mixed Case_Id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public."Mixed Case_Id_seq"
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public."Mixed Case_Id_seq" OWNER TO postgres;

--
-- Name: Mixed Case_Id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public."Mixed Case_Id_seq" OWNED BY public."Mixed Case"."Id";


--
-- Name: user; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."user" (
    name text NOT NULL,
    public text,
    app text
);


ALTER TABLE public."user" OWNER TO postgres;

--
-- Name: aliased; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.aliased AS
 SELECT name,
    (public.*)::text AS whole
   FROM public."user" public;


ALTER VIEW public.aliased OWNER TO postgres;

--
-- Name: person; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.person (
    name text NOT NULL
);


ALTER TABLE public.person OWNER TO postgres;

--
-- Name: employee; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.employee (
    boss text
)
INHERITS (public.person);


ALTER TABLE public.employee OWNER TO postgres;

--
-- Name: event; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.event (
    at date NOT NULL,
    what text DEFAULT 'x'::text
)
PARTITION BY RANGE (at);


ALTER TABLE public.event OWNER TO postgres;

--
-- Name: event_2026; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.event_2026 (
    at date CONSTRAINT event_at_not_null NOT NULL,
    what text DEFAULT 'x'::text
);


ALTER TABLE public.event_2026 OWNER TO postgres;

--
-- Name: event_rest; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.event_rest (
    at date CONSTRAINT event_at_not_null NOT NULL,
    what text DEFAULT 'x'::text
);


ALTER TABLE public.event_rest OWNER TO postgres;

--
-- Name: hashed; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.hashed (
    a integer
)
PARTITION BY HASH (a);


ALTER TABLE public.hashed OWNER TO postgres;

--
-- Name: hashed_0; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.hashed_0 (
    a integer
);


ALTER TABLE public.hashed_0 OWNER TO postgres;

--
-- Name: item_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.item ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.item_id_seq
    START WITH 7
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: listed; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.listed (
    feeling public.mood
)
PARTITION BY LIST (feeling);


ALTER TABLE public.listed OWNER TO postgres;

--
-- Name: listed_sad; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.listed_sad (
    feeling public.mood
);


ALTER TABLE public.listed_sad OWNER TO postgres;

--
-- Name: loud; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.loud WITH (security_barrier='true') AS
 SELECT i.id,
    upper(i.name) AS name,
    public.total_of(i.id) AS total,
    (i.feeling OPERATOR(public.===) 'sad'::public.mood) AS sad,
    (i.home).city AS city,
    (i.name COLLATE public.numeric_order) AS sorted,
    (i.mail OPERATOR(public.=) 'x'::public.citext) AS mine
   FROM (ONLY public.item i
     JOIN public."Mixed Case" m ON ((m.item = i.id)));


ALTER VIEW public.loud OWNER TO postgres;

--
-- Name: VIEW loud; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON VIEW public.loud IS 'view';


--
-- Name: louder; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.louder AS
 SELECT loud.id,
    loud.name,
    loud.total,
    loud.sad,
    loud.city,
    loud.sorted,
    loud.mine,
    public.worth_of(item.*) OVER (PARTITION BY loud.total) AS worth_of
   FROM public.loud,
    public.item;


ALTER VIEW public.louder OWNER TO postgres;

--
-- Name: moods; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.moods AS
 SELECT feeling,
    count(*) AS n,
    public.total(cents) AS total
   FROM public.item
  GROUP BY feeling
  WITH NO DATA;


ALTER MATERIALIZED VIEW public.moods OWNER TO postgres;

--
-- Name: MATERIALIZED VIEW moods; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON MATERIALIZED VIEW public.moods IS 'materialized view';


--
-- Name: named_not_null; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.named_not_null (
    a integer CONSTRAINT a_there NOT NULL,
    b text NOT NULL
);


ALTER TABLE public.named_not_null OWNER TO postgres;

--
-- Name: named_child; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.named_child (
    c integer
)
INHERITS (public.named_not_null);


ALTER TABLE public.named_child OWNER TO postgres;

--
-- Name: public; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.public (
    id integer NOT NULL,
    name text
);


ALTER TABLE public.public OWNER TO postgres;

--
-- Name: same_name; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.same_name AS
 SELECT id,
    count(public.*) AS count
   FROM public.public
  GROUP BY id;


ALTER VIEW public.same_name OWNER TO postgres;

--
-- Name: scratch; Type: TABLE; Schema: public; Owner: postgres
--

CREATE UNLOGGED TABLE public.scratch OF public."Odd Type";


ALTER TABLE public.scratch OWNER TO postgres;

--
-- Name: tree; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.tree AS
 WITH RECURSIVE tree(n) AS (
         VALUES (1)
        UNION ALL
         SELECT (tree_1.n + 1)
           FROM tree tree_1
          WHERE (tree_1.n < public.total_of((1)::bigint))
        )
 SELECT n
   FROM tree;


ALTER VIEW public.tree OWNER TO postgres;

--
-- Name: event_2026; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.event ATTACH PARTITION public.event_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');


--
-- Name: event_rest; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.event ATTACH PARTITION public.event_rest DEFAULT;


--
-- Name: hashed_0; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.hashed ATTACH PARTITION public.hashed_0 FOR VALUES WITH (modulus 2, remainder 0);


--
-- Name: listed_sad; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.listed ATTACH PARTITION public.listed_sad FOR VALUES IN ('sad');


--
-- Name: Mixed Case Id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."Mixed Case" ALTER COLUMN "Id" SET DEFAULT nextval('public."Mixed Case_Id_seq"'::regclass);


--
-- Name: Mixed Case Mixed Case_item_during_excl; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."Mixed Case"
    ADD CONSTRAINT "Mixed Case_item_during_excl" EXCLUDE USING gist (item WITH =, during WITH &&);


--
-- Name: Mixed Case Mixed Case_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."Mixed Case"
    ADD CONSTRAINT "Mixed Case_pkey" PRIMARY KEY ("Id");


--
-- Name: event event_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (at);


--
-- Name: event_2026 event_2026_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.event_2026
    ADD CONSTRAINT event_2026_pkey PRIMARY KEY (at);


--
-- Name: event_rest event_rest_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.event_rest
    ADD CONSTRAINT event_rest_pkey PRIMARY KEY (at);


--
-- Name: item item_mail_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.item
    ADD CONSTRAINT item_mail_key UNIQUE (mail);


--
-- Name: item item_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.item
    ADD CONSTRAINT item_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.item REPLICA IDENTITY USING INDEX item_pkey;


--
-- Name: public public_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.public
    ADD CONSTRAINT public_pkey PRIMARY KEY (id);


--
-- Name: user user_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_pkey PRIMARY KEY (name);


--
-- Name: event_what; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX event_what ON ONLY public.event USING btree (what);


--
-- Name: event_2026_what_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX event_2026_what_idx ON public.event_2026 USING btree (what);


--
-- Name: event_rest_what_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX event_rest_what_idx ON public.event_rest USING btree (what);


--
-- Name: item_name; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX item_name ON public.item USING gin (name public.gin_trgm_ops);


--
-- Name: INDEX item_name; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON INDEX public.item_name IS 'index';


--
-- Name: item_order; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX item_order ON public.item USING btree ("order" DESC NULLS LAST) INCLUDE (cents);

ALTER TABLE public.item CLUSTER ON item_order;


--
-- Name: item_total; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX item_total ON public.item USING btree (public.total_fixed(cents)) WHERE (feeling <> 'sad'::public.mood);


--
-- Name: moods_feeling; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX moods_feeling ON public.moods USING btree (feeling);


--
-- Name: event_2026_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.event_pkey ATTACH PARTITION public.event_2026_pkey;


--
-- Name: event_2026_what_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.event_what ATTACH PARTITION public.event_2026_what_idx;


--
-- Name: event_rest_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.event_pkey ATTACH PARTITION public.event_rest_pkey;


--
-- Name: event_rest_what_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.event_what ATTACH PARTITION public.event_rest_what_idx;


--
-- Name: item_stats; Type: STATISTICS; Schema: public; Owner: postgres
--

CREATE STATISTICS public.item_stats (ndistinct, dependencies) ON "order", cents FROM public.item;


ALTER STATISTICS public.item_stats OWNER TO postgres;

--
-- Name: STATISTICS item_stats; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON STATISTICS public.item_stats IS 'statistics';


--
-- Name: item later; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE CONSTRAINT TRIGGER later AFTER INSERT ON public.item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: item seen; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER seen AFTER DELETE ON public.item REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.touch();

ALTER TABLE public.item ENABLE ALWAYS TRIGGER seen;


--
-- Name: item touch; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF cents ON public.item FOR EACH ROW WHEN ((new.feeling = 'sad'::public.mood)) EXECUTE FUNCTION public.touch('it''s');


--
-- Name: TRIGGER touch ON item; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TRIGGER touch ON public.item IS 'trigger';


--
-- Name: Mixed Case Mixed Case_item_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."Mixed Case"
    ADD CONSTRAINT "Mixed Case_item_fkey" FOREIGN KEY (item) REFERENCES public.item(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;


--
-- Name: item; Type: ROW SECURITY; Schema: public; Owner: postgres
--

ALTER TABLE public.item ENABLE ROW LEVEL SECURITY;

--
-- Name: item mine; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY mine ON public.item FOR UPDATE USING (((feeling <> 'sad'::public.mood) AND (EXISTS ( SELECT
   FROM public."user" u
  WHERE (u.name = item.name))))) WITH CHECK ((public.total_of(id) > 0));


--
-- Name: POLICY mine ON item; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON POLICY mine ON public.item IS 'policy';


--
-- Name: item sure; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY sure ON public.item AS RESTRICTIVE USING ((cents >= 0));


--
-- PostgreSQL database dump complete
--

\unrestrict TJeA68p6rIacBfJwaa2jZPbGVCtrcTciwDIz5X2ZdW4hhH2QBoehNSr1ZRl5VJn

