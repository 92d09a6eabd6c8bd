-- From version 3 to 4: functions for tenants' own locks, messages and maintenance, and the secret that they need. Functions
-- are not made here: Upgrade makes all of them anew from the folder system, and grants them.
ALTER TABLE {{system}}.installation ADD COLUMN secret uuid NOT NULL DEFAULT gen_random_uuid();
COMMENT ON COLUMN {{system}}.installation.secret IS 'part of the keys of tenants'' locks and channels, for own_name alone';
