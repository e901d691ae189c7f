-- Rows that were written before there was a chain, one of a refusal and one without a pool.
INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail) VALUES
    (1, 'admin', 'caller.provision', 'team', 'c1', 'r1', '{"z": 1, "a": 2}'),
    (2, 'anonymous', 'auth.refused', NULL, 'admin', 'r2', '{}'),
    (3, 'caller:c1', 'caller.login', 'team', 'c1', 'r3', '{}');

-- They wait for their place in the chain, in order, and their detail is as it was written.
-- expect: SELECT seq, digest, content_digest FROM audit_events ORDER BY seq =>
--     {"seq": 1, "digest": null, "content_digest": null}
--     {"seq": 2, "digest": null, "content_digest": null}
--     {"seq": 3, "digest": null, "content_digest": null}
-- expect: SELECT detail FROM audit_events WHERE seq = 1 => {"detail": "{\"z\": 1, \"a\": 2}"}
-- The index on refusals has the one that there is.
-- expect: SELECT seq FROM audit_events INDEXED BY audit_events_refused
--     WHERE actor = 'anonymous' AND action = 'auth.refused' AND subject = 'admin' => {"seq": 2}
