-- A request that is done, and one that somebody is at.
INSERT INTO idempotency_keys VALUES
    ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'r1', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 1, 9,
        'sealed', '{"created": 3}'),
    ('ccccccccccccccccccccccccccccccccccccccccccc', 'r2', 'ddddddddddddddddddddddddddddddddddddddddddd', 1, 9,
        NULL, NULL);

-- The answer that is kept is whole in its row: it has no parts.
-- expect: SELECT claim, outcome FROM idempotency_keys ORDER BY claim =>
--     {"claim": "r1", "outcome": "{\"created\": 3}"} {"claim": "r2", "outcome": null}
-- expect: SELECT count(*) AS n FROM idempotency_parts => {"n": 0}
