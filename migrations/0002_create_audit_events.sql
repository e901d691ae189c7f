-- One row per mutation, written in the same batch as the mutation: neither exists without the other.
--
-- `seq` has no gaps to fill and never goes back (AUTOINCREMENT), so that a later migration can chain
-- the rows by a digest in this order; every other column is what such a digest would cover.

CREATE TABLE audit_events (
    seq        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    -- `admin`, or `caller:` and the caller's id.
    actor      TEXT    NOT NULL CHECK (length(actor) > 0),
    -- `<noun>.<verb>`: caller.provision, caller.login, identity.register.
    action     TEXT    NOT NULL CHECK (action GLOB '[a-z]*.[a-z]*'),
    pool_id    TEXT,
    -- The id of what was changed.
    subject    TEXT    NOT NULL CHECK (length(subject) > 0),
    request_id TEXT    NOT NULL,
    -- What changed, without secrets, tokens or bodies.
    detail     TEXT    NOT NULL CHECK (json_valid(detail))
) STRICT;

CREATE INDEX audit_events_by_pool ON audit_events (pool_id, seq);
