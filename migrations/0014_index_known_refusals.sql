-- Finds whether a refusal of somebody who is known has a row of this minute already, however long the audit is. Those of strangers
-- have an index of their own.

CREATE INDEX audit_events_denied ON audit_events (actor, action, subject, at)
    WHERE actor <> 'anonymous' AND action GLOB 'auth.*';
