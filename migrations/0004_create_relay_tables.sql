-- What the relay remembers: which repositories are public, what was read, and how much it is used. All of it can be deleted at any
-- time; it is asked for anew.

-- Proofs that a repository is public, or is not, by GitHub's answer to the org token. Names are lower case.
CREATE TABLE repository_proofs (
    repository TEXT    NOT NULL PRIMARY KEY CHECK (repository = lower(repository) AND repository LIKE '%_/_%'),
    public     INTEGER NOT NULL CHECK (public IN (0, 1)),
    checked_at INTEGER NOT NULL
) STRICT;

CREATE INDEX repository_proofs_by_age ON repository_proofs (checked_at);

-- Answers behind the Cache API. Only what is public and not large is here.
CREATE TABLE cached_answers (
    -- The digest of pool, path, query and headers.
    cache_key   TEXT    NOT NULL PRIMARY KEY CHECK (length(cache_key) = 43),
    pool_id     TEXT    NOT NULL CHECK (length(pool_id) > 0),
    -- Status, headers and times as JSON. A row that cannot be read is as good as none.
    head        TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    -- Until when it is served without asking.
    fresh_until INTEGER NOT NULL,
    -- When it may not even be served as stale any more.
    stale_until INTEGER NOT NULL
) STRICT;

CREATE INDEX cached_answers_by_end ON cached_answers (stale_until);
CREATE INDEX cached_answers_by_pool ON cached_answers (pool_id, fresh_until);

-- Requests by minute and by what the statistics ask for: a bounded number of rows however many requests there are.
CREATE TABLE usage_minutes (
    minute          INTEGER NOT NULL,
    pool_id         TEXT    NOT NULL,
    caller_id       TEXT    NOT NULL,
    client_name     TEXT    NOT NULL,
    route_kind      TEXT    NOT NULL,
    -- `github` for an answer that GitHub gave to this request, `cache` for one it gave before, `none` for a refusal.
    backend         TEXT    NOT NULL,
    cache           TEXT    NOT NULL,
    -- Empty where the request was served.
    fallback_reason TEXT    NOT NULL,
    requests        INTEGER NOT NULL,
    errors          INTEGER NOT NULL,
    coalesced       INTEGER NOT NULL,
    duration_ms     INTEGER NOT NULL,
    PRIMARY KEY (pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_minutes_by_age ON usage_minutes (minute);
