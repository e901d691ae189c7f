-- The newest row of the audit's chain that was signed with a secret of the Worker. Every digest covers the
-- rows before it, so removing the end of the audit or computing the chain anew needs the secret.

CREATE TABLE audit_heads (
    -- There is one.
    id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    -- The row's place; 0 until something is signed.
    seq       INTEGER NOT NULL CHECK (seq >= 0),
    -- Its digest.
    digest    TEXT    CHECK (length(digest) = 43),
    -- HMAC-SHA-256 of both in base64url.
    signature TEXT    CHECK (length(signature) = 43),
    CHECK ((digest IS NULL) = (signature IS NULL))
) STRICT;

-- The Worker only ever updates this row: when it is gone, somebody has removed it.
INSERT INTO audit_heads (id, seq) VALUES (1, 0);
