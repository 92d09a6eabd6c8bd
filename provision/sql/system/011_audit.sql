-- One row per provisioning action, whether it was done or not. Only the administrator reads it; the application's login
-- role has no rights on it. Ids are given out before the commit, so a page may miss one that is still under way.
CREATE TABLE {{system}}.audit (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    login_role     text        NOT NULL DEFAULT session_user,
    actor          text        NOT NULL,       -- whom the program says it acts for, or ''
    action         text        NOT NULL CHECK (action <> ''),
    tenant_id      text COLLATE "C" NOT NULL,  -- '': the installation; not a reference, since ids may be unknown
    outcome        text        NOT NULL CHECK (outcome IN ('done', 'refused', 'failed',
                                                                'interrupted')),
    detail         text        NOT NULL
);
CREATE INDEX audit_tenant ON {{system}}.audit (tenant_id, id);
REVOKE ALL ON TABLE {{system}}.audit FROM PUBLIC;
