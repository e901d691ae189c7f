-- Everything odd that real databases have, once.
CREATE TABLE pools (id TEXT PRIMARY KEY, name TEXT, policy_json TEXT, created_at TEXT, updated_at TEXT);
CREATE TABLE callers (id TEXT PRIMARY KEY, name TEXT, token_hash TEXT, github_login TEXT, org_login TEXT, org_verified_at TEXT, status TEXT, created_at TEXT, updated_at TEXT, github_user_id INTEGER, dashboard_role TEXT);
CREATE TABLE caller_pools (caller_id TEXT, pool_id TEXT, created_at TEXT);
CREATE TABLE caller_tokens (id TEXT PRIMARY KEY, caller_id TEXT, token_hash TEXT, client_name TEXT, created_at TEXT, updated_at TEXT);
CREATE TABLE identities (id TEXT PRIMARY KEY, pool_id TEXT, kind TEXT, login TEXT, secret_ref TEXT, status TEXT, weight REAL, created_at TEXT, updated_at TEXT, installation_id INTEGER);
CREATE TABLE identity_scopes (identity_id TEXT, owner TEXT, repo TEXT, permission TEXT, allow_private INTEGER, created_at TEXT);
INSERT INTO pools (id, policy_json) VALUES
  ('team', '{"allowed_owners":["Acme","not a login"],"allow_search":true,"web":true}'),
  ('team a', '{}'),
  ('broken', '{"allowed_owners":'),
  ('wrong', '{"allow_logs":"yes"}');
INSERT INTO callers (id, name, token_hash, github_login, org_login, status, updated_at, github_user_id) VALUES
  ('c1', 'Mona', NULL, 'mona', 'acme', 'active', '2025-12-01 08:00:00', 1001),
  ('c2', 'Mona', NULL, 'Mona', 'ACME', 'active', '2025-12-02 08:00:00', NULL),
  ('c3', 'Mona', NULL, 'mona-once', 'acme', 'active', '2025-11-02 08:00:00', 1001),
  ('c4', 'Eve' || char(10) || '+ pool all', NULL, 'octocat', 'acme', 'suspended', '2025-12-01 08:00:00', 1003),
  ('c5', 'Late', NULL, 'late', 'umbrella', 'active', '2025-12-01 08:00:00', 77),
  ('c6', 'Gone', NULL, 'nobody-at-all', 'acme', 'active', '2025-12-01 08:00:00', NULL),
  ('c7', 'Odd', NULL, 'a/b', 'acme', 'active', '2025-12-01 08:00:00', 78);
INSERT INTO caller_pools (caller_id, pool_id) VALUES
  ('c1', 'team'), ('c2', 'team'), ('c3', 'broken'), ('c4', 'team'), ('c5', 'team'), ('c6', 'team'), ('gone', 'team');
INSERT INTO caller_tokens (id, caller_id, token_hash, client_name, updated_at) VALUES
  ('t1', 'c1', 'K_Px-zs-oC5AJoJpPuTzdNXr9l8SMKvPyX_xbTa_wr4', 'laptop', '2025-12-01 08:00:00'),
  ('t2', 'c2', 'epqm-SdpUL19HWyx3YYJ7TEya0TEe9mDQquCLqW5MZE', 'laptop', '2025-12-02 08:00:00'),
  ('t3', 'c3', '6S5Eh0uPOzpYB72eYBkJp9WqlUOJfHiEb-6Xz1uopAM', 'my desk', '2025-11-02 08:00:00'),
  ('t4', 'c1', 'op_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE', 'pasted', '2025-11-02 08:00:00'),
  ('t5', 'gone', 'BDh9AoMr8yXQlnRd59IOtbiNrj3YzNb_XaXM4Y1uP1Y', 'ci', '2025-11-02 08:00:00');
INSERT INTO identities (id, pool_id, kind, login, secret_ref, status, weight, installation_id) VALUES
  ('negative', 'team', 'pat', 'mona', 'PAT_A', 'active', -5, NULL),
  ('fraction', 'team', 'pat', 'mona', 'PAT_A', 'active', 2.5, NULL),
  ('huge', 'team', 'pat', 'mona', 'PAT_A', 'active', 1e18, NULL),
  ('bare', 'team', 'pat', 'mona', 'PAT_A', 'paused', 100, NULL),
  ('numbered', 'team', 'pat', 'mona', 'PAT_A', 'active', 100, 5),
  ('scoped', 'team', 'github_app', 'octopool-acme[bot]', 'APP_KEY', 'disabled', 100, 77001),
  ('a b', 'team', 'pat', 'mona', 'PAT_A', 'active', 100, NULL),
  ('elsewhere', 'broken', 'pat', 'mona', 'PAT_A', 'active', 100, NULL),
  ('own', 'team', 'pat', 'mona', 'OCTOPOOL_ADMIN_TOKEN', 'active', 100, NULL),
  ('pasted', 'team', 'pat', 'mona', 'ghp_a1b2a1b2a1b2a1b2a1b2a1b2a1b2a1b2a1b2', 'active', 100, NULL),
  ('hex', 'team', 'pat', 'mona', 'abcdef0123456789abcdef0123456789abcdef01', 'active', 100, NULL),
  ('uninstalled', 'team', 'github_app', 'octopool-acme[bot]', 'APP_KEY', 'active', 100, NULL),
  ('oauth', 'team', 'oauth', 'mona', 'PAT_A', 'active', 100, NULL);
INSERT INTO identity_scopes (identity_id, owner, repo, permission, allow_private) VALUES
  ('negative', 'acme', 'rocket', 'read', 1), ('negative', 'Acme', 'Rocket', 'read', 0),
  ('fraction', 'acme', NULL, 'read', 0), ('fraction', 'ACME', '', 'read', 0),
  ('huge', 'acme', '', 'read', 0),
  ('numbered', 'acme', NULL, 'read', 7), ('numbered', 'umbrella', NULL, 'write', 0),
  ('scoped', '*', NULL, 'read', 0), ('scoped', 'acme', NULL, 'read', 0), ('scoped', 'acme', '..', 'read', 0),
  ('missing', 'acme', NULL, 'read', 0);
