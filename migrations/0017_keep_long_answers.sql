-- Answers for an `Idempotency-Key` that are longer than a row can be: the outcome in `idempotency_keys` is
-- then the JSON value `null`, and the text is here, in order.

CREATE TABLE idempotency_parts (
    key_digest TEXT    NOT NULL REFERENCES idempotency_keys (key_digest) ON DELETE CASCADE,
    -- The request whose answer it is. A key that is used again after it has expired has another one, so parts
    -- of the earlier answer are not read with the later.
    claim      TEXT    NOT NULL CHECK (length(claim) > 0),
    part       INTEGER NOT NULL CHECK (part >= 0),
    text       TEXT    NOT NULL,
    PRIMARY KEY (key_digest, claim, part)
) STRICT;
