-- What the relay remembered without a bound.
INSERT INTO repository_proofs VALUES ('acme/rocket', 1, 10), ('acme/secret', 0, 20);
INSERT INTO repository_findings VALUES ('acme/secret', 20, NULL, 1);
INSERT INTO cached_answers VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'team', '{}', 'body', 1, 2);
INSERT INTO usage_minutes VALUES
    (60, 'team', 'c1', 'laptop', 'repo', 'github', 'miss', '', 3, 1, 0, 40),
    (61, 'team', 'c1', 'laptop', 'repo', 'cache', 'hit', '', 5, 0, 1, 2),
    (61, 'team', 'c1', 'laptop', 'repo', 'none', 'none', 'no_identity', 7, 7, 0, 1);

-- Answers are read anew.
-- discards: cached_answers
-- What is counted from now on begins with what there is.
-- expect: SELECT name, amount FROM growth ORDER BY name =>
--     {"name": "cached_answers", "amount": 0}
--     {"name": "repository_proofs", "amount": 2}
--     {"name": "usage_minutes", "amount": 3}
-- expect: SELECT cache, requests, revalidated FROM usage_minutes ORDER BY requests =>
--     {"cache": "miss", "requests": 3, "revalidated": 0}
--     {"cache": "hit", "requests": 5, "revalidated": 0}
--     {"cache": "none", "requests": 7, "revalidated": 0}
-- Only what is no full hour waits to be added up.
-- expect: SELECT count(*) AS n FROM usage_minutes INDEXED BY usage_minutes_apart
--     WHERE minute % 60 <> 0 => {"n": 2}
-- expect: SELECT repository, blocked FROM repository_findings =>
--     {"repository": "acme/secret", "blocked": 1}
