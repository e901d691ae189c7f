//! The endpoints of the API: method, path and credential of each. The router, the OpenAPI document
//! and the tests of all endpoints read them here.

use http::Method;

use crate::paths;

/// The credential that an endpoint requires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Auth {
    /// None.
    Open,
    /// An admin token.
    Admin,
    /// A caller token: with a grant for the pool in the path or the body, or for any pool where the
    /// request concerns none.
    Caller,
}

/// An endpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// The method; HEAD works where GET does.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// The credential that it requires.
    pub auth: Auth,
}

/// Declares one constant per endpoint, and the list of all.
macro_rules! endpoints {
    ($($(#[$doc:meta])* $name:ident, $method:ident, $path:expr, $auth:ident;)+) => {
        $(
            $(#[$doc])*
            pub const $name: Endpoint =
                Endpoint { method: Method::$method, path: $path, auth: Auth::$auth };
        )+

        /// Every endpoint.
        pub const ENDPOINTS: &[Endpoint] = &[$($name,)+];
    };
}

endpoints! {
    /// Shows that the Worker runs.
    READ_ROOT, GET, paths::ROOT, Open;
    /// What this server is and how to log in.
    READ_DISCOVERY, GET, paths::DISCOVERY, Open;
    /// The description of this API.
    READ_OPENAPI, GET, paths::OPENAPI, Open;

    /// Gives an account access to a pool.
    PROVISION_CALLER, POST, paths::ADMIN_CALLERS, Admin;
    /// The callers.
    LIST_CALLERS, GET, paths::ADMIN_CALLERS, Admin;
    /// One caller.
    READ_CALLER, GET, paths::ADMIN_CALLER, Admin;
    /// Disables or enables a caller.
    UPDATE_CALLER, PATCH, paths::ADMIN_CALLER, Admin;
    /// Revokes a caller's grant for a pool.
    REVOKE_POOL, DELETE, paths::ADMIN_CALLER_POOL, Admin;
    /// Revokes the token of a caller's client.
    REVOKE_CLIENT, DELETE, paths::ADMIN_CALLER_CLIENT, Admin;

    /// The pools.
    LIST_POOLS, GET, paths::ADMIN_POOLS, Admin;
    /// One pool.
    READ_POOL, GET, paths::ADMIN_POOL, Admin;
    /// Replaces a pool's policy.
    UPDATE_POOL, PATCH, paths::ADMIN_POOL, Admin;
    /// Deletes a pool that has no callers and no identities.
    DELETE_POOL, DELETE, paths::ADMIN_POOL, Admin;

    /// Registers an identity.
    REGISTER_IDENTITY, POST, paths::ADMIN_IDENTITIES, Admin;
    /// The identities of a pool.
    LIST_IDENTITIES, GET, paths::ADMIN_IDENTITIES, Admin;
    /// One identity.
    READ_IDENTITY, GET, paths::ADMIN_IDENTITY, Admin;
    /// Changes some fields of an identity.
    UPDATE_IDENTITY, PATCH, paths::ADMIN_IDENTITY, Admin;
    /// Deletes an identity.
    DELETE_IDENTITY, DELETE, paths::ADMIN_IDENTITY, Admin;
    /// Verifies that an identity's credential works.
    VERIFY_IDENTITY, POST, paths::ADMIN_IDENTITY_VERIFY, Admin;

    /// The audit events, newest first.
    LIST_AUDIT, GET, paths::ADMIN_AUDIT, Admin;
    /// The audit events as lines of JSON, oldest first.
    EXPORT_AUDIT, GET, paths::ADMIN_AUDIT_EXPORT, Admin;
    /// Verifies the chain of the audit log.
    VERIFY_AUDIT, GET, paths::ADMIN_AUDIT_VERIFY, Admin;
    /// Removes old audit events.
    CUT_AUDIT, POST, paths::ADMIN_AUDIT_CUT, Admin;

    /// The state document.
    READ_STATE, GET, paths::ADMIN_STATE, Admin;
    /// The changes that applying a document would make.
    PLAN_STATE, POST, paths::ADMIN_PLAN, Admin;
    /// Applies a document.
    APPLY_STATE, POST, paths::ADMIN_APPLY, Admin;

    /// Creates an admin token.
    CREATE_ADMIN_TOKEN, POST, paths::ADMIN_TOKENS, Admin;
    /// The admin tokens.
    LIST_ADMIN_TOKENS, GET, paths::ADMIN_TOKENS, Admin;
    /// Revokes an admin token.
    REVOKE_ADMIN_TOKEN, DELETE, paths::ADMIN_TOKEN, Admin;

    /// Checks of the deployment.
    EXAMINE_DEPLOYMENT, GET, paths::ADMIN_DOCTOR, Admin;

    /// Exchanges a GitHub token for a caller token.
    LOGIN_WITH_GITHUB_TOKEN, POST, paths::LOGIN_GITHUB_CLI, Open;

    /// Whose the caller token is.
    READ_CLIENT, GET, paths::CLIENT, Caller;
    /// Revokes the caller token of the request.
    REVOKE_THIS_CLIENT, DELETE, paths::CLIENT, Caller;

    /// One read of GitHub's API through a pool, in an envelope.
    REQUEST_GITHUB, POST, paths::GITHUB_REQUEST, Caller;
    /// GitHub's REST API through a pool, as plain REST.
    READ_GITHUB, GET, paths::GITHUB_REST, Caller;
    // The root document of the REST API; then the same API at the root of the host, for clients
    // that take a host and no base path (`paths::is_rest_at_root`).
    /// GitHub's root document.
    READ_GITHUB_ROOT, GET, "/api/v3", Caller;
    /// The same.
    READ_GITHUB_ROOT_WITH_SLASH, GET, "/api/v3/", Caller;
    /// GitHub's REST API at the root of the host.
    READ_GITHUB_EMOJIS, GET, "/emojis", Caller;
    /// The same.
    READ_GITHUB_GISTS, GET, "/gists/{*path}", Caller;
    /// The same.
    READ_GITHUB_GITIGNORE, GET, "/gitignore/{*path}", Caller;
    /// The same.
    READ_GITHUB_LICENSES, GET, "/licenses", Caller;
    /// The same.
    READ_GITHUB_LICENSE, GET, "/licenses/{*path}", Caller;
    /// The same.
    READ_GITHUB_META, GET, "/meta", Caller;
    /// By number: GitHub writes these addresses into its answers, and they are refused.
    READ_GITHUB_ORGANIZATIONS, GET, "/organizations/{*path}", Caller;
    /// GitHub's REST API at the root of the host.
    READ_GITHUB_ORGS, GET, "/orgs/{*path}", Caller;
    /// The same.
    READ_GITHUB_RATE_LIMIT, GET, "/rate_limit", Caller;
    /// The same.
    READ_GITHUB_REPOS, GET, "/repos/{*path}", Caller;
    /// By number: GitHub writes these addresses into its answers, and they are refused.
    READ_GITHUB_REPOSITORIES, GET, "/repositories/{*path}", Caller;
    /// GitHub's REST API at the root of the host.
    READ_GITHUB_SEARCH, GET, "/search/{*path}", Caller;
    /// The same.
    READ_GITHUB_USER, GET, "/user", Caller;
    /// The same.
    READ_GITHUB_OF_USER, GET, "/user/{*path}", Caller;
    /// The same.
    READ_GITHUB_USERS, GET, "/users/{*path}", Caller;

    /// GitHub's GraphQL API through a pool: queries only.
    QUERY_GITHUB, POST, paths::GITHUB_GRAPHQL, Caller;
    /// The same at the root of the host.
    QUERY_GITHUB_AT_ROOT, POST, paths::GITHUB_GRAPHQL_AT_ROOT, Caller;

    /// The health of a pool.
    READ_POOL_HEALTH, GET, paths::POOL_HEALTH, Caller;
    /// The usage of a pool.
    READ_POOL_STATS, GET, paths::POOL_STATS, Caller;
    /// The rewrite rules that newer clients require.
    READ_STRING_REWRITES, GET, paths::POOL_STRING_REWRITES, Caller;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Auth, ENDPOINTS};
    use crate::paths::{REST_AT_ROOT, is_rest};

    #[test]
    fn no_endpoint_is_declared_twice() {
        let different: BTreeSet<_> =
            ENDPOINTS.iter().map(|endpoint| (endpoint.path, endpoint.method.as_str())).collect();
        assert_eq!(different.len(), ENDPOINTS.len());
    }

    #[test]
    fn the_rest_form_at_the_root_of_the_host_is_what_is_served_there() {
        let rest = ENDPOINTS.iter().filter(|endpoint| is_rest(endpoint.path));
        let mut served = BTreeSet::new();
        for endpoint in rest {
            assert_eq!(endpoint.auth, Auth::Caller, "{}", endpoint.path);
            served.extend(endpoint.path.split('/').nth(1).filter(|first| *first != "api"));
        }
        assert_eq!(served, REST_AT_ROOT.into_iter().collect());
    }
}
