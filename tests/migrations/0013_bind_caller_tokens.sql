-- Tokens of a caller with two pools, from before a token could be bound to one.
INSERT INTO pools VALUES ('team', '{"deny": true}', 1, 2);
INSERT INTO callers VALUES ('c1', 'Hubot', 'hubot', 1002, 'acme', 'disabled', 3, 1, 2);
INSERT INTO caller_pools VALUES ('c1', 'team', 1);
INSERT INTO pools VALUES ('other', '{}', 1, 2);
INSERT INTO caller_pools VALUES ('c1', 'other', 1);
INSERT INTO caller_tokens (id, caller_id, client_name, token_hash, created_at, last_used_at) VALUES
    ('t1', 'c1', 'laptop', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 2),
    ('t2', 'c1', 'Laptop', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 1, 2);

-- They go on opening every pool that the caller has a grant for.
-- expect: SELECT id, client_name, pool_id FROM caller_tokens ORDER BY id =>
--     {"id": "t1", "client_name": "laptop", "pool_id": null}
--     {"id": "t2", "client_name": "Laptop", "pool_id": null}
-- expect: SELECT pool_id FROM caller_pools ORDER BY pool_id =>
--     {"pool_id": "other"} {"pool_id": "team"}
