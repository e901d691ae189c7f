-- Requests with an `Idempotency-Key`: who is at it, and what came of it. A row is as good as gone when it has expired.

CREATE TABLE idempotency_keys (
    -- Digest of credential, route and key.
    key_digest     TEXT    NOT NULL PRIMARY KEY CHECK (length(key_digest) = 43),
    -- The request that does it, by its id. A batch that finds another one here breaks off on this NOT NULL.
    claim          TEXT    NOT NULL CHECK (length(claim) > 0),
    -- Digest of the body, which depends on the key.
    request_digest TEXT    NOT NULL CHECK (length(request_digest) = 43),
    -- From when on another request may do it, if there is no outcome.
    lease_until    INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    -- What only the client may know of the answer, sealed with a key that is made of its credential and its key.
    sealed         TEXT,
    -- What the database found while it did it. NULL as long as it is not done.
    outcome        TEXT    CHECK (json_valid(outcome)),
    CHECK ((sealed IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_end ON idempotency_keys (expires_at);
