-- Admin tokens beside the deployment's own secret, each with a name that the audit knows it by. A revoked one is deleted; what it
-- did stays in the audit.

CREATE TABLE admin_tokens (
    name         TEXT    NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
    -- SHA-256 of the token in base64url.
    token_hash   TEXT    NOT NULL UNIQUE CHECK (length(token_hash) = 43),
    -- The only pool that it opens; NULL opens all. It refers to no row: a pool comes and goes with what is in it, and a token must
    -- not open more because its pool is gone.
    pool_id      TEXT    CHECK (length(pool_id) BETWEEN 1 AND 64),
    -- From when on it opens nothing any more; NULL for never.
    expires_at   INTEGER,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
