-- A registry that nobody has read through yet.
INSERT INTO pools VALUES ('team', '{"deny": true}', 1, 2);
INSERT INTO callers VALUES ('c1', 'Hubot', 'hubot', 1002, 'acme', 'disabled', 3, 1, 2);
INSERT INTO caller_pools VALUES ('c1', 'team', 1);
INSERT INTO identities VALUES ('p1', 'team', 'pat', 'mona', 'PAT', NULL, 100, 'active', 1, 2),
    ('p2', 'team', 'github_app', 'app[bot]', 'KEY', 9007199254740991, 0, 'disabled', 1, 2);
INSERT INTO identity_scopes VALUES ('p1', 0, 'acme', NULL, 0), ('p1', 1, 'acme', 'rocket', 1);

-- expect: SELECT count(*) AS n FROM repository_proofs => {"n": 0}
-- expect: SELECT count(*) AS n FROM cached_answers => {"n": 0}
-- expect: SELECT count(*) AS n FROM usage_minutes => {"n": 0}
-- expect: SELECT id, weight FROM identities ORDER BY id =>
--     {"id": "p1", "weight": 100} {"id": "p2", "weight": 0}
