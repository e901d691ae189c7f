-- A database of version 0.5: each caller has one token, most have no account number, and Apps are
-- not known yet.
CREATE TABLE pools (id TEXT PRIMARY KEY, name TEXT NOT NULL, policy_json TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE callers (id TEXT PRIMARY KEY, name TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, github_login TEXT NOT NULL, org_login TEXT NOT NULL, org_verified_at TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'active', created_at TEXT NOT NULL, updated_at TEXT NOT NULL, github_user_id INTEGER);
CREATE TABLE caller_pools (caller_id TEXT NOT NULL, pool_id TEXT NOT NULL, created_at TEXT NOT NULL, PRIMARY KEY (caller_id, pool_id)) WITHOUT ROWID;
CREATE TABLE identities (id TEXT PRIMARY KEY, pool_id TEXT NOT NULL, kind TEXT NOT NULL, login TEXT NOT NULL, secret_ref TEXT NOT NULL, status TEXT NOT NULL, weight INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE identity_scopes (identity_id TEXT NOT NULL, owner TEXT NOT NULL, repo TEXT, allow_private INTEGER NOT NULL, created_at TEXT NOT NULL);
INSERT INTO pools VALUES ('maintainers', 'maintainers', '{"allowed_owners":["acme"]}', '2025-05-01 08:00:00', '2025-05-01 08:00:00');
INSERT INTO callers VALUES
  ('caller_1', 'hubot', '4ipH-RaoDax23hcyaRJljnKRv2v1H0FpB8M3Qz9wjCM', 'hubot', 'acme', '2025-05-01T08:00:00.000Z', 'active', '2025-05-01 08:00:00', '2025-05-01 08:00:00', NULL),
  ('caller_2', 'gone', 'nwr9vDGXVaNlWm00c12kijD9ahMrMO4y5orj5_a6KBY', 'nobody-at-all', 'acme', '2025-05-01T08:00:00.000Z', 'active', '2025-05-01 08:00:00', '2025-05-01 08:00:00', NULL);
INSERT INTO caller_pools VALUES ('caller_1', 'maintainers', '2025-05-01 08:00:00'), ('caller_2', 'maintainers', '2025-05-01 08:00:00');
INSERT INTO identities VALUES ('mona', 'maintainers', 'pat', 'mona', 'OCTOPOOL_PAT_MONA', 'active', 100, '2025-05-01 08:00:00', '2025-05-01 08:00:00');
INSERT INTO identity_scopes VALUES ('mona', 'acme', NULL, 0, '2025-05-01 08:00:00');
