-- Who may use which pool, and which identities a pool can spend. No secret is in any table: a token is
-- kept as a digest, a credential as the name of the Worker secret that holds it.
--
-- Times are milliseconds since 1970-01-01T00:00:00Z. To read one:
--   SELECT datetime(created_at / 1000, 'unixepoch') FROM callers;
-- Names are checked by the Worker when they come in; the CHECKs here hold what an operator's own SQL
-- could break most easily.

CREATE TABLE pools (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64 AND id NOT GLOB '*[^A-Za-z0-9._-]*'),
    -- Readable JSON that an operator may edit by hand, so nothing here checks it: what is wrong with it
    -- closes this one pool and is reported where it is used.
    policy_json TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE callers (
    id              TEXT    NOT NULL PRIMARY KEY CHECK (length(id) > 0),
    name            TEXT    NOT NULL CHECK (length(trim(name)) > 0),
    github_login    TEXT    NOT NULL CHECK (length(github_login) > 0),
    -- What a caller is bound to. The login beside it is only how the account was called last.
    github_user_id  INTEGER NOT NULL CHECK (github_user_id BETWEEN 1 AND 9007199254740991),
    org_login       TEXT    NOT NULL COLLATE NOCASE CHECK (length(org_login) > 0),
    status          TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    -- When GitHub last said that this numeric id is an active member of the org.
    org_verified_at INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;

-- One caller per account and org. Not only one active caller: a disabled one is never revived, so a
-- second row beside it would be a way around the operator's decision.
CREATE UNIQUE INDEX callers_by_account ON callers (github_user_id, org_login);

CREATE TABLE caller_pools (
    caller_id  TEXT    NOT NULL REFERENCES callers (id) ON DELETE CASCADE,
    pool_id    TEXT    NOT NULL REFERENCES pools (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (caller_id, pool_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX caller_pools_by_pool ON caller_pools (pool_id);

CREATE TABLE caller_tokens (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) > 0),
    caller_id    TEXT    NOT NULL REFERENCES callers (id) ON DELETE CASCADE,
    -- Case-sensitive: `Host` and `host` are two machines.
    client_name  TEXT    NOT NULL CHECK (length(client_name) BETWEEN 1 AND 80),
    -- SHA-256 of the token in base64url.
    token_hash   TEXT    NOT NULL UNIQUE CHECK (length(token_hash) = 43),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT;

-- One token per caller and client: of forty logins at once, the last one's token lives.
CREATE UNIQUE INDEX caller_tokens_by_client ON caller_tokens (caller_id, client_name);

CREATE TABLE identities (
    id              TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 80 AND id NOT GLOB '*[^A-Za-z0-9._-]*'),
    pool_id         TEXT    NOT NULL REFERENCES pools (id),
    kind            TEXT    NOT NULL CHECK (kind IN ('pat', 'github_app')),
    login           TEXT    NOT NULL CHECK (length(login) > 0),
    secret_ref      TEXT    NOT NULL CHECK (length(secret_ref) BETWEEN 1 AND 128 AND secret_ref NOT GLOB '*[^A-Za-z0-9_]*'),
    installation_id INTEGER CHECK (installation_id BETWEEN 1 AND 9007199254740991),
    weight          INTEGER NOT NULL CHECK (weight BETWEEN 0 AND 1000000),
    status          TEXT    NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    CHECK ((kind = 'github_app') = (installation_id IS NOT NULL))
) STRICT;

CREATE INDEX identities_by_pool ON identities (pool_id);

CREATE TABLE identity_scopes (
    identity_id   TEXT    NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL CHECK (position BETWEEN 0 AND 99),
    owner         TEXT    NOT NULL COLLATE NOCASE CHECK (length(owner) > 0),
    -- NULL means every repository of the owner.
    repo          TEXT    COLLATE NOCASE CHECK (length(repo) > 0),
    allow_private INTEGER NOT NULL CHECK (allow_private IN (0, 1)),
    PRIMARY KEY (identity_id, position),
    CHECK (owner <> '*' OR repo IS NULL)
) STRICT, WITHOUT ROWID;

-- ifnull, because NULLs are distinct in a unique index.
CREATE UNIQUE INDEX identity_scopes_once ON identity_scopes (identity_id, owner, ifnull(repo, ''));
CREATE INDEX identity_scopes_by_owner ON identity_scopes (owner, repo);
