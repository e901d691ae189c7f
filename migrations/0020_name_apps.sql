-- Lets an identity name its GitHub App, so that a deployment can use several.

-- The App's number or its client id, as text. NULL stands for the deployment's App.
ALTER TABLE identities ADD COLUMN app_id TEXT
    CHECK (app_id IS NULL OR kind = 'github_app' AND length(app_id) BETWEEN 1 AND 64
        AND app_id NOT GLOB '*[^A-Za-z0-9.]*');

-- The App is a part of what the revision of an identity stands for.
DROP TRIGGER identities_updated;

CREATE TRIGGER identities_updated
AFTER UPDATE OF pool_id, kind, login, secret_ref, installation_id, app_id, weight, status ON identities
WHEN NEW.revision = OLD.revision
    AND (NEW.pool_id, NEW.kind, NEW.login, NEW.secret_ref, NEW.installation_id, NEW.app_id, NEW.weight, NEW.status)
        IS NOT (OLD.pool_id, OLD.kind, OLD.login, OLD.secret_ref, OLD.installation_id, OLD.app_id, OLD.weight, OLD.status)
BEGIN
    UPDATE identities SET revision = revision + 2 WHERE id = NEW.id;
END;
