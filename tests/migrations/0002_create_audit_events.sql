-- A registry without an audit.
INSERT INTO pools VALUES ('team', '{"deny": true}', 1, 2);
INSERT INTO callers VALUES ('c1', 'Hubot', 'hubot', 1002, 'acme', 'disabled', 3, 1, 2);
INSERT INTO caller_pools VALUES ('c1', 'team', 1);
INSERT INTO caller_tokens (id, caller_id, client_name, token_hash, created_at, last_used_at) VALUES
    ('t1', 'c1', 'laptop', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 2),
    ('t2', 'c1', 'Laptop', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 1, 2);
INSERT INTO identities VALUES ('p1', 'team', 'pat', 'mona', 'PAT', NULL, 100, 'active', 1, 2),
    ('p2', 'team', 'github_app', 'app[bot]', 'KEY', 9007199254740991, 0, 'disabled', 1, 2);
INSERT INTO identity_scopes VALUES ('p1', 0, 'acme', NULL, 0), ('p1', 1, 'acme', 'rocket', 1);

-- The audit begins with what is done from now on.
-- expect: SELECT count(*) AS n FROM audit_events => {"n": 0}
-- expect: SELECT id, policy_json FROM pools => {"id": "team", "policy_json": "{\"deny\": true}"}
-- expect: SELECT count(*) AS n FROM identity_scopes => {"n": 2}
