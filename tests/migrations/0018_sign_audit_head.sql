-- A chain that nobody signed, after a cut.
INSERT INTO audit_events (seq, at, actor, action, subject, request_id, detail, content_digest, digest) VALUES
    (8, 1, 'admin', 'caller.provision', 'c1', 'r1', '{}', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
        'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb');
INSERT INTO audit_cuts VALUES (7, 'ddddddddddddddddddddddddddddddddddddddddddd', 7, 1, 'admin',
    'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee');

-- Nothing is signed yet, and the row that says so is there.
-- expect: SELECT id, seq, digest, signature FROM audit_heads =>
--     {"id": 1, "seq": 0, "digest": null, "signature": null}
-- expect: SELECT seq FROM audit_cuts => {"seq": 7}
