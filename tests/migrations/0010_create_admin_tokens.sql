-- A deployment whose only admin is the holder of its secret.
INSERT INTO pools VALUES ('team', '{"deny": true}', 1, 2);
INSERT INTO callers VALUES ('c1', 'Hubot', 'hubot', 1002, 'acme', 'disabled', 3, 1, 2);
INSERT INTO caller_pools VALUES ('c1', 'team', 1);
INSERT INTO caller_tokens (id, caller_id, client_name, token_hash, created_at, last_used_at) VALUES
    ('t1', 'c1', 'laptop', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 2),
    ('t2', 'c1', 'Laptop', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 1, 2);
INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail) VALUES
    (1, 'admin', 'caller.provision', 'team', 'c1', 'r1', '{}');

-- expect: SELECT count(*) AS n FROM admin_tokens => {"n": 0}
-- The row of the audit is still the deployment's own admin's.
-- expect: SELECT actor FROM audit_events => {"actor": "admin"}
