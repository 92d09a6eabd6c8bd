-- From version 2 to 3: a reserve of roles, and a function, session_memory. Functions are not made here: Upgrade makes all
-- of them anew from the folder system.
CREATE TABLE {{system}}.reserve (
    role_name      text COLLATE "C" PRIMARY KEY
);
REVOKE ALL ON TABLE {{system}}.reserve FROM PUBLIC;
