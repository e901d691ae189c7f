-- Chains the audit's rows, so that an edit, a removal or a reordering shows (`GET /v1/admin/audit/verify`).
--
-- Both columns may be NULL: rows older than this migration, rows of a Worker older than it, and rows that wait for
-- their place in the chain, which a chainer gives them right after they are written.

-- SHA-256 in base64url of what the Worker knew of the row when it wrote it: tells an edited row from a true one as
-- long as it is not chained.
ALTER TABLE audit_events ADD COLUMN content_digest TEXT CHECK (length(content_digest) = 43);

-- SHA-256 in base64url of the digest of the row before and of every other column.
ALTER TABLE audit_events ADD COLUMN digest TEXT CHECK (length(digest) = 43);

-- Finds whether a refusal of this minute has a row already, however long the audit is.
CREATE INDEX audit_events_refused ON audit_events (action, subject, at) WHERE actor = 'anonymous';
