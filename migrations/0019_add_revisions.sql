-- Numbers the states of pools, identities and callers: a change is made on condition that the number is
-- still the one that was read, and ETags are made of it. Triggers move it when, and only when, something
-- changes that an operator decides, so that it also moves for SQL by hand and for Workers that do not know
-- the column.
--
-- A row begins at a random number, so that one that is deleted and made again has other numbers than
-- before. 0 means that it has none yet. Numbers stay below 2^53, which JavaScript holds exactly.
--
-- Triggers move it by two. A Worker that changes an object may set the number itself, to one more than it
-- has read: no trigger can have moved it to that in the same batch, and so it knows the new number before.

ALTER TABLE pools ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE identities ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE callers ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

UPDATE pools SET revision = 1 + abs(random() % 4503599627370496);
UPDATE identities SET revision = 1 + abs(random() % 4503599627370496);
UPDATE callers SET revision = 1 + abs(random() % 4503599627370496);

-- A pool: its policy.

CREATE TRIGGER pools_inserted AFTER INSERT ON pools WHEN NEW.revision = 0
BEGIN
    UPDATE pools SET revision = 1 + abs(random() % 4503599627370496) WHERE id = NEW.id;
END;

CREATE TRIGGER pools_updated AFTER UPDATE OF policy_json ON pools
WHEN NEW.revision = OLD.revision AND NEW.policy_json <> OLD.policy_json
BEGIN
    UPDATE pools SET revision = revision + 2 WHERE id = NEW.id;
END;

-- An identity: everything but its times, and its scopes. The names in a scope compare without regard to
-- case, which is a change all the same.

CREATE TRIGGER identities_inserted AFTER INSERT ON identities WHEN NEW.revision = 0
BEGIN
    UPDATE identities SET revision = 1 + abs(random() % 4503599627370496) WHERE id = NEW.id;
END;

CREATE TRIGGER identities_updated
AFTER UPDATE OF pool_id, kind, login, secret_ref, installation_id, weight, status ON identities
WHEN NEW.revision = OLD.revision
    AND (NEW.pool_id, NEW.kind, NEW.login, NEW.secret_ref, NEW.installation_id, NEW.weight, NEW.status)
        IS NOT (OLD.pool_id, OLD.kind, OLD.login, OLD.secret_ref, OLD.installation_id, OLD.weight, OLD.status)
BEGIN
    UPDATE identities SET revision = revision + 2 WHERE id = NEW.id;
END;

CREATE TRIGGER identity_scopes_inserted AFTER INSERT ON identity_scopes
BEGIN
    UPDATE identities SET revision = revision + 2 WHERE id = NEW.identity_id;
END;

CREATE TRIGGER identity_scopes_updated AFTER UPDATE ON identity_scopes
WHEN (NEW.identity_id, NEW.position, NEW.owner COLLATE BINARY, NEW.repo COLLATE BINARY, NEW.allow_private)
    IS NOT (OLD.identity_id, OLD.position, OLD.owner, OLD.repo, OLD.allow_private)
BEGIN
    UPDATE identities SET revision = revision + 2 WHERE id IN (NEW.identity_id, OLD.identity_id);
END;

CREATE TRIGGER identity_scopes_deleted AFTER DELETE ON identity_scopes
BEGIN
    UPDATE identities SET revision = revision + 2 WHERE id = OLD.identity_id;
END;

-- A caller: whether it is active, its name, and the pools that it may use. What logins bring, such as the
-- account's login, makes no decision stale.

CREATE TRIGGER callers_inserted AFTER INSERT ON callers WHEN NEW.revision = 0
BEGIN
    UPDATE callers SET revision = 1 + abs(random() % 4503599627370496) WHERE id = NEW.id;
END;

CREATE TRIGGER callers_updated AFTER UPDATE OF name, github_user_id, status ON callers
WHEN NEW.revision = OLD.revision
    AND (NEW.name, NEW.github_user_id, NEW.status) IS NOT (OLD.name, OLD.github_user_id, OLD.status)
BEGIN
    UPDATE callers SET revision = revision + 2 WHERE id = NEW.id;
END;

CREATE TRIGGER caller_pools_inserted AFTER INSERT ON caller_pools
BEGIN
    UPDATE callers SET revision = revision + 2 WHERE id = NEW.caller_id;
END;

CREATE TRIGGER caller_pools_updated AFTER UPDATE OF caller_id, pool_id ON caller_pools
WHEN (NEW.caller_id, NEW.pool_id) IS NOT (OLD.caller_id, OLD.pool_id)
BEGIN
    UPDATE callers SET revision = revision + 2 WHERE id IN (NEW.caller_id, OLD.caller_id);
END;

CREATE TRIGGER caller_pools_deleted AFTER DELETE ON caller_pools
BEGIN
    UPDATE callers SET revision = revision + 2 WHERE id = OLD.caller_id;
END;
