//! An identity as JSON, for each statement that reads one.

/// The `IdentitySpec` of a row of `identities`.
macro_rules! identity_spec {
    () => {
        "json_object('kind', kind, 'login', login, 'secret_ref', secret_ref, 'installation_id', installation_id, \
                     'weight', weight, 'status', status, 'scopes', json( \
                     (SELECT json_group_array(json_object('owner', owner, 'repo', repo, \
                                              'allow_private', json(iif(allow_private, 'true', 'false')))) \
                      FROM (SELECT owner, repo, allow_private FROM identity_scopes \
                            WHERE identity_id = identities.id ORDER BY position))))"
    };
}
pub(crate) use identity_spec;
