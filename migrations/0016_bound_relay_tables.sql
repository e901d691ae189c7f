-- Bounds what the relay remembers, so that it never takes the room in which callers, identities and the audit are written. The Worker
-- holds the bounds; this file gives it the sizes to hold them by, also for rows that an older Worker writes.

-- Answers can be deleted at any time. Deleting them here lets a database that is full take this migration.
DELETE FROM cached_answers;

-- Octets, not characters. Real columns: an index over a generated one does not spare reading the body.
ALTER TABLE cached_answers ADD COLUMN body_bytes INTEGER NOT NULL DEFAULT 0;
-- What a row takes, about: its texts, and 1,024 for its key, its indexes and what its last page leaves empty.
ALTER TABLE cached_answers ADD COLUMN stored_bytes INTEGER NOT NULL DEFAULT 0;

-- Both indexes hold the sizes, so that adding them up reads no body.
DROP INDEX cached_answers_by_pool;
CREATE INDEX cached_answers_sizes ON cached_answers (pool_id, fresh_until, body_bytes);
DROP INDEX cached_answers_by_end;
CREATE INDEX cached_answers_ends ON cached_answers (stale_until, stored_bytes);

-- How much there is: bytes of answers, rows of the others. Counting anew would read a whole index for each write.
CREATE TABLE growth (
    name   TEXT    NOT NULL PRIMARY KEY CHECK (name IN ('cached_answers', 'repository_proofs', 'usage_minutes')),
    amount INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO growth (name, amount) VALUES ('cached_answers', 0);
INSERT INTO growth (name, amount) SELECT 'repository_proofs', count(*) FROM repository_proofs;
INSERT INTO growth (name, amount) SELECT 'usage_minutes', count(*) FROM usage_minutes;

CREATE TRIGGER cached_answers_inserted AFTER INSERT ON cached_answers
BEGIN
    UPDATE growth SET amount = amount + NEW.stored_bytes WHERE name = 'cached_answers';
END;

CREATE TRIGGER cached_answers_updated AFTER UPDATE OF stored_bytes ON cached_answers
BEGIN
    UPDATE growth SET amount = amount + NEW.stored_bytes - OLD.stored_bytes WHERE name = 'cached_answers';
END;

CREATE TRIGGER cached_answers_deleted AFTER DELETE ON cached_answers
BEGIN
    UPDATE growth SET amount = amount - OLD.stored_bytes WHERE name = 'cached_answers';
END;

-- An older Worker does not write the sizes.
CREATE TRIGGER cached_answers_inserted_unmeasured AFTER INSERT ON cached_answers WHEN NEW.stored_bytes = 0
BEGIN
    UPDATE cached_answers
    SET body_bytes = length(CAST(body AS BLOB)), stored_bytes = length(CAST(body AS BLOB)) + length(CAST(head AS BLOB)) + 1024
    WHERE rowid = NEW.rowid;
END;

CREATE TRIGGER cached_answers_updated_unmeasured AFTER UPDATE OF head, body ON cached_answers
WHEN NEW.stored_bytes <> length(CAST(NEW.body AS BLOB)) + length(CAST(NEW.head AS BLOB)) + 1024
BEGIN
    UPDATE cached_answers
    SET body_bytes = length(CAST(body AS BLOB)), stored_bytes = length(CAST(body AS BLOB)) + length(CAST(head AS BLOB)) + 1024
    WHERE rowid = NEW.rowid;
END;

CREATE TRIGGER repository_proofs_inserted AFTER INSERT ON repository_proofs
BEGIN
    UPDATE growth SET amount = amount + 1 WHERE name = 'repository_proofs';
END;

CREATE TRIGGER repository_proofs_deleted AFTER DELETE ON repository_proofs
BEGIN
    UPDATE growth SET amount = amount - 1 WHERE name = 'repository_proofs';
END;

CREATE TRIGGER usage_minutes_inserted AFTER INSERT ON usage_minutes
BEGIN
    UPDATE growth SET amount = amount + 1 WHERE name = 'usage_minutes';
END;

CREATE TRIGGER usage_minutes_deleted AFTER DELETE ON usage_minutes
BEGIN
    UPDATE growth SET amount = amount - 1 WHERE name = 'usage_minutes';
END;

-- Requests of which GitHub said that what was known still holds.
ALTER TABLE usage_minutes ADD COLUMN revalidated INTEGER NOT NULL DEFAULT 0;

-- Finds minutes that are not yet added up to their hour.
CREATE INDEX usage_minutes_apart ON usage_minutes (minute) WHERE minute % 60 <> 0;
