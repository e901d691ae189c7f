-- Proofs without findings.
INSERT INTO repository_proofs VALUES ('acme/rocket', 1, 10), ('acme/secret', 0, 20);

-- A proof stays what it was: without a finding a repository that is not public is just that.
-- expect: SELECT repository, public, checked_at FROM repository_proofs ORDER BY repository =>
--     {"repository": "acme/rocket", "public": 1, "checked_at": 10}
--     {"repository": "acme/secret", "public": 0, "checked_at": 20}
-- expect: SELECT count(*) AS n FROM repository_findings => {"n": 0}
