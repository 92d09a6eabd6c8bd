-- Partitions, and what they have of their parents. record_v4.txt is what version 4 of the system schema recorded of it.
CREATE TABLE log (id bigint, day date NOT NULL, note text CHECK (note <> 'x'), PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE INDEX log_note ON log (note);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE log_old PARTITION OF log FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE log_rest PARTITION OF log DEFAULT;
CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (day);
CREATE TABLE log_2026_h1 PARTITION OF log_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01') WITH (fillfactor = 70);
ALTER TABLE log_2026_h1 ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_2026_h1 FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone ON log_2026_h1 USING (true);
CREATE TABLE line (log_id bigint, log_day date, FOREIGN KEY (log_id, log_day) REFERENCES log);
CREATE SEQUENCE numbers;
