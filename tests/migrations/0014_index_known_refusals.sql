-- Refusals of a caller and of strangers, and a change.
INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail) VALUES
    (1, 'caller:c1', 'auth.denied', 'team', 'team', 'r1', '{}'),
    (2, 'anonymous', 'auth.refused', NULL, 'admin', 'r2', '{}'),
    (3, 'caller:c1', 'caller.login', 'team', 'c1', 'r3', '{}');

-- The index has the first only.
-- expect: SELECT seq FROM audit_events INDEXED BY audit_events_denied
--     WHERE actor <> 'anonymous' AND action GLOB 'auth.*' => {"seq": 1}
