-- A database of version 0.9 as it should be: two pools, three callers, two identities, and tables
-- that an import does not read.
CREATE TABLE pools (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  policy_json TEXT NOT NULL DEFAULT '{}',
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE callers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  github_login TEXT NOT NULL,
  org_login TEXT NOT NULL,
  org_verified_at TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  github_user_id INTEGER,
  dashboard_role TEXT NOT NULL DEFAULT 'viewer',
  org_proof TEXT
);
CREATE TABLE caller_pools (
  caller_id TEXT NOT NULL REFERENCES callers(id) ON DELETE CASCADE,
  pool_id TEXT NOT NULL REFERENCES pools(id) ON DELETE CASCADE,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (caller_id, pool_id)
);
CREATE TABLE caller_tokens (
  id TEXT PRIMARY KEY,
  caller_id TEXT NOT NULL REFERENCES callers(id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE,
  client_name TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  UNIQUE (caller_id, client_name)
);
CREATE TABLE identities (
  id TEXT PRIMARY KEY,
  pool_id TEXT NOT NULL REFERENCES pools(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('pat', 'github_app')),
  login TEXT NOT NULL,
  secret_ref TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'active',
  weight INTEGER NOT NULL DEFAULT 100,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
  installation_id TEXT
);
CREATE TABLE identity_scopes (
  identity_id TEXT NOT NULL REFERENCES identities(id) ON DELETE CASCADE,
  owner TEXT NOT NULL,
  repo TEXT,
  permission TEXT NOT NULL DEFAULT 'read',
  allow_private INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX identity_scopes_by_owner ON identity_scopes (owner, repo);
CREATE TABLE audit_events (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, detail BLOB);
CREATE TABLE web_sessions (id TEXT PRIMARY KEY, caller_id TEXT NOT NULL, data TEXT);
CREATE TRIGGER callers_touched AFTER UPDATE ON callers BEGIN UPDATE callers SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id; INSERT INTO audit_events (event) VALUES ('caller;touched'); END;

INSERT INTO pools VALUES
  ('maintainers', 'Maintainers', '{"allowed_owners":["acme"],"allow_public_repos":true,"allow_search":true,"allow_logs":true}', '2025-11-01 08:00:00', '2025-11-01 08:00:00'),
  ('ci', 'CI', '{"allowed_owners":["acme","umbrella"],"allow_public_repos":false,"allow_search":false,"allow_logs":false}', '2025-11-02 08:00:00', '2025-11-02 08:00:00');
-- The tokens are `op_` and 43 characters; SHA-256 of the whole in base64url.
INSERT INTO callers VALUES
  ('caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0001', 'Mona; "the first"', 'K_Px-zs-oC5AJoJpPuTzdNXr9l8SMKvPyX_xbTa_wr4', 'mona', 'acme', '2025-12-01T08:00:00.000Z', 'active', '2025-11-01 08:00:00', '2025-12-01 08:00:00', 1001, 'admin', NULL),
  ('caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0002', 'Hubot', 'epqm-SdpUL19HWyx3YYJ7TEya0TEe9mDQquCLqW5MZE', 'hubot', 'Acme', '2025-12-01T08:00:00.000Z', 'active', '2025-11-01 08:00:00', '2025-12-01 08:00:00', 1002, 'viewer', '{"proof":1}'),
  ('caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0003', 'Octo Cat', '6S5Eh0uPOzpYB72eYBkJp9WqlUOJfHiEb-6Xz1uopAM', 'octocat', 'acme', '2025-12-01T08:00:00.000Z', 'disabled', '2025-11-01 08:00:00', '2025-12-01 08:00:00', 1003, 'viewer', NULL);
INSERT INTO caller_pools (caller_id, pool_id) VALUES
  ('caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0001', 'maintainers'),
  ('caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0001', 'ci'),
  ('caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0002', 'maintainers'),
  ('caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0003', 'maintainers');
INSERT INTO caller_tokens VALUES
  ('caller_token_5b1d0001-0000-4000-8000-000000000001', 'caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0001', 'K_Px-zs-oC5AJoJpPuTzdNXr9l8SMKvPyX_xbTa_wr4', 'laptop', '2025-11-01 08:00:00', '2025-12-01 08:00:00'),
  ('caller_token_5b1d0001-0000-4000-8000-000000000002', 'caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0002', 'epqm-SdpUL19HWyx3YYJ7TEya0TEe9mDQquCLqW5MZE', 'laptop', '2025-11-01 08:00:00', '2025-12-01 08:00:00'),
  ('caller_token_5b1d0001-0000-4000-8000-000000000003', 'caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0002', 'BDh9AoMr8yXQlnRd59IOtbiNrj3YzNb_XaXM4Y1uP1Y', 'ci', '2025-11-01 08:00:00', '2025-11-01 08:00:00'),
  ('caller_token_5b1d0001-0000-4000-8000-000000000004', 'caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0003', '6S5Eh0uPOzpYB72eYBkJp9WqlUOJfHiEb-6Xz1uopAM', 'laptop', '2025-11-01 08:00:00', '2025-12-01 08:00:00');
INSERT INTO identities VALUES
  ('mona', 'maintainers', 'pat', 'mona', 'OCTOPOOL_PAT_MONA', 'active', 100, '2025-11-01 08:00:00', '2025-11-01 08:00:00', NULL),
  ('app', 'ci', 'github_app', 'octopool-acme[bot]', 'OCTOPOOL_APP_KEY', 'active', 200, '2025-11-01 08:00:00', '2025-11-01 08:00:00', '77001');
INSERT INTO identity_scopes (identity_id, owner, repo, permission, allow_private) VALUES
  ('mona', 'acme', NULL, 'read', 0),
  ('mona', '*', NULL, 'read', 0),
  ('app', 'acme', 'rocket', 'read', 1);
INSERT INTO audit_events (event, detail) VALUES ('caller.login', x'00ff'), ('it''s; two
lines', NULL);
INSERT INTO web_sessions VALUES ('s1', 'caller_0b9d4f0e-6f60-4c6b-9a53-0f2f0f5f0001', 'INSERT INTO pools VALUES(''no'');');
