-- Objects from before they had revisions, with everything that moves one.
INSERT INTO pools VALUES ('team', '{"deny": true}', 1, 2), ('other', '{}', 1, 2);
INSERT INTO callers VALUES ('c1', 'Hubot', 'hubot', 1002, 'acme', 'disabled', 3, 1, 2);
INSERT INTO caller_pools VALUES ('c1', 'team', 1), ('c1', 'other', 1);
INSERT INTO identities VALUES ('p1', 'team', 'pat', 'mona', 'MONA', NULL, 100, 'active', 1, 2);
INSERT INTO identity_scopes VALUES ('p1', 0, 'Acme', NULL, 0), ('p1', 1, 'acme', 'rocket', 1);

-- Each has a revision now, which JavaScript holds.
-- expect: SELECT id FROM pools WHERE revision BETWEEN 1 AND 4503599627370496 ORDER BY id =>
--     {"id": "other"} {"id": "team"}
-- expect: SELECT id FROM identities WHERE revision BETWEEN 1 AND 4503599627370496 => {"id": "p1"}
-- expect: SELECT id FROM callers WHERE revision BETWEEN 1 AND 4503599627370496 => {"id": "c1"}
