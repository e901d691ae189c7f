-- An identity of each kind from before identities could name an App.
INSERT INTO pools (id, policy_json, created_at, updated_at) VALUES ('team', '{}', 1, 2);
INSERT INTO identities (id, pool_id, kind, login, secret_ref, installation_id, weight, created_at, updated_at, revision)
    VALUES ('p1', 'team', 'pat', 'mona', 'MONA', NULL, 100, 1, 2, 7), ('a1', 'team', 'github_app', 'app[bot]', 'KEY', 5, 100, 1, 2, 9);

-- Both are of the deployment's App, or of none, and are what they were.
-- expect: SELECT id, app_id, revision FROM identities ORDER BY id =>
--     {"app_id": null, "id": "a1", "revision": 9} {"app_id": null, "id": "p1", "revision": 7}
