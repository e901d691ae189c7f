-- The first migration meets an empty database.

-- expect: SELECT count(*) AS n FROM pools => {"n": 0}
-- expect: SELECT count(*) AS n FROM callers => {"n": 0}
-- expect: SELECT count(*) AS n FROM identities => {"n": 0}
