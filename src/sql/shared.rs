//! Statements that several nouns use, each part of an [`Audited`](super::Audited) change.

use super::recorded;

/// The `IdentitySpec` of a row of `identities`, as JSON; `identity_spec!(no scopes)` where its
/// scopes do not matter, which spares the database their rows.
macro_rules! identity_spec {
    () => {
        $crate::sql::identity_spec!(
            "(SELECT json_group_array(json_object('owner', owner, 'repo', repo, \
                                      'allow_private', json(iif(allow_private, 'true', 'false')))) \
              FROM (SELECT owner, repo, allow_private FROM identity_scopes \
                    WHERE identity_id = identities.id ORDER BY position))"
        )
    };
    (no scopes) => {
        $crate::sql::identity_spec!("'[]'")
    };
    ($scopes:literal) => {
        concat!(
            "json_object('kind', kind, 'login', login, 'secret_ref', secret_ref, \
                         'installation_id', installation_id, 'app_id', app_id, 'weight', weight, 'status', status, \
                         'scopes', json(",
            $scopes,
            "))"
        )
    };
}
pub(crate) use identity_spec;

/// Creates a pool unless it exists. `?1` is its id; the policy and the time follow.
pub(crate) const MAKE_POOL: &str = concat!(
    "INSERT INTO pools (id, policy_json, created_at, updated_at) SELECT ?1, ?3, ?4, ?4 WHERE ",
    recorded!(),
    " ON CONFLICT (id) DO NOTHING"
);

/// Creates or changes the identities of a JSON list. One without a revision gets it from the
/// triggers.
pub(crate) const PUT_IDENTITIES: &str = concat!(
    "INSERT INTO identities (id, pool_id, kind, login, secret_ref, installation_id, app_id, weight, status, \
                             revision, created_at, updated_at) \
     SELECT value ->> 'id', value ->> 'pool', value ->> 'kind', value ->> 'login', value ->> 'secret_ref', \
            value ->> 'installation_id', value ->> 'app_id', value ->> 'weight', value ->> 'status', \
            ifnull(value ->> 'revision', 0), ?3, ?3 \
     FROM json_each(?1) WHERE ",
    recorded!(),
    " ON CONFLICT (id) DO UPDATE SET \
         login = excluded.login, secret_ref = excluded.secret_ref, installation_id = excluded.installation_id, \
         app_id = excluded.app_id,          weight = excluded.weight, status = excluded.status, updated_at = excluded.updated_at, \
         revision = iif(excluded.revision = 0, identities.revision, excluded.revision)"
);

/// Deletes the scopes of the identities of a JSON list.
pub(crate) const DELETE_SCOPES: &str = concat!(
    "DELETE FROM identity_scopes WHERE identity_id IN (SELECT value ->> 'id' FROM json_each(?1)) AND ",
    recorded!()
);

/// Inserts the scopes of the identities of a JSON list, which must have none.
pub(crate) const INSERT_SCOPES: &str = concat!(
    "INSERT INTO identity_scopes (identity_id, position, owner, repo, allow_private) \
     SELECT identity.value ->> 'id', scope.key, scope.value ->> 'owner', scope.value ->> 'repo', \
            scope.value ->> 'allow_private' \
     FROM json_each(?1) AS identity, json_each(identity.value, '$.scopes') AS scope WHERE ",
    recorded!()
);
