-- What GitHub says of a repository beside "public" and "not public": the public name that it has now,
-- or that access to it is blocked. A row counts only together with the proof of the same time, whose
-- `public` is 0, so a Worker that does not know this table denies, and may go on writing proofs. Rows
-- go when their proof does.
CREATE TABLE repository_findings (
    repository TEXT    NOT NULL PRIMARY KEY REFERENCES repository_proofs (repository) ON DELETE CASCADE,
    checked_at INTEGER NOT NULL,
    renamed_to TEXT,
    blocked    INTEGER NOT NULL CHECK (blocked IN (0, 1)),
    CHECK ((renamed_to IS NULL) = (blocked = 1))
) STRICT, WITHOUT ROWID;
