-- Where the audit's chain begins once old rows are gone. A row is signed with a secret of the Worker, so that who may write here
-- cannot make one.

CREATE TABLE audit_cuts (
    -- The place of the last row that was removed.
    seq       INTEGER NOT NULL PRIMARY KEY,
    -- Its digest, from which the chain goes on.
    digest    TEXT    NOT NULL CHECK (length(digest) = 43),
    -- How many rows this cut removed.
    removed   INTEGER NOT NULL CHECK (removed > 0),
    at        INTEGER NOT NULL,
    -- As in audit_events.
    actor     TEXT    NOT NULL CHECK (length(actor) > 0),
    -- HMAC-SHA-256 of all of it in base64url.
    signature TEXT    NOT NULL CHECK (length(signature) = 43)
) STRICT;
