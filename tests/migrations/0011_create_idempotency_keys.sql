-- Tokens that were made without an idempotency key.
INSERT INTO pools VALUES ('team', '{"deny": true}', 1, 2);
INSERT INTO callers VALUES ('c1', 'Hubot', 'hubot', 1002, 'acme', 'disabled', 3, 1, 2);
INSERT INTO caller_pools VALUES ('c1', 'team', 1);
INSERT INTO caller_tokens (id, caller_id, client_name, token_hash, created_at, last_used_at) VALUES
    ('t1', 'c1', 'laptop', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 2),
    ('t2', 'c1', 'Laptop', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 1, 2);
INSERT INTO admin_tokens VALUES ('ci', 'ccccccccccccccccccccccccccccccccccccccccccc', 'team', NULL, 1, 2);

-- expect: SELECT count(*) AS n FROM idempotency_keys => {"n": 0}
-- expect: SELECT name, pool_id FROM admin_tokens => {"name": "ci", "pool_id": "team"}
-- expect: SELECT count(*) AS n FROM caller_tokens => {"n": 2}
