-- An audit that was never cut: a chained row and one that waits.
INSERT INTO audit_events (at, actor, action, subject, request_id, detail, content_digest, digest) VALUES
    (1, 'admin', 'caller.provision', 'c1', 'r1', '{}', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
        'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'),
    (2, 'admin', 'caller.disable', 'c1', 'r2', '{}', 'ccccccccccccccccccccccccccccccccccccccccccc', NULL);

-- No cut, so the chain begins with the first row.
-- expect: SELECT count(*) AS n FROM audit_cuts => {"n": 0}
-- expect: SELECT min(seq) AS first, count(digest) AS chained FROM audit_events =>
--     {"first": 1, "chained": 1}
