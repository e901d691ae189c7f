//! The paths of the API, as templates for [`endpoints`](crate::endpoints) and as functions for
//! clients.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `GET`: what this server is and how to log in.
pub const DISCOVERY: &str = "/.well-known/octopool";
/// `GET`: shows that the Worker runs.
pub const ROOT: &str = "/";
/// `GET`: the description of this API.
pub const OPENAPI: &str = "/openapi.json";
/// `POST`: provision a caller. `GET`: the callers.
pub const ADMIN_CALLERS: &str = "/v1/admin/callers";
/// `GET`, `PATCH`: one caller.
pub const ADMIN_CALLER: &str = "/v1/admin/callers/{caller}";
/// `DELETE`: a caller's grant for a pool.
pub const ADMIN_CALLER_POOL: &str = "/v1/admin/callers/{caller}/pools/{pool}";
/// `DELETE`: a caller's client.
pub const ADMIN_CALLER_CLIENT: &str = "/v1/admin/callers/{caller}/clients/{client}";
/// `GET`: the pools.
pub const ADMIN_POOLS: &str = "/v1/admin/pools";
/// `GET`, `PATCH`, `DELETE`: one pool.
pub const ADMIN_POOL: &str = "/v1/admin/pools/{pool}";
/// `POST`: register an identity. `GET`: the identities of a pool.
pub const ADMIN_IDENTITIES: &str = "/v1/admin/pools/{pool}/identities";
/// `GET`, `PATCH`, `DELETE`: one identity.
pub const ADMIN_IDENTITY: &str = "/v1/admin/pools/{pool}/identities/{id}";
/// `POST`: verify that an identity works.
pub const ADMIN_IDENTITY_VERIFY: &str = "/v1/admin/pools/{pool}/identities/{id}/verify";
/// `GET`: audit events.
pub const ADMIN_AUDIT: &str = "/v1/admin/audit";
/// `GET`: audit events, as lines of JSON.
pub const ADMIN_AUDIT_EXPORT: &str = "/v1/admin/audit/export";
/// `GET`: verify the chain of the audit log.
pub const ADMIN_AUDIT_VERIFY: &str = "/v1/admin/audit/verify";
/// `POST`: remove old audit events.
pub const ADMIN_AUDIT_CUT: &str = "/v1/admin/audit/cut";
/// `POST`: create an admin token. `GET`: the admin tokens.
pub const ADMIN_TOKENS: &str = "/v1/admin/tokens";
/// `DELETE`: revoke an admin token.
pub const ADMIN_TOKEN: &str = "/v1/admin/tokens/{token}";
/// `GET`: the state document.
pub const ADMIN_STATE: &str = "/v1/admin/state";
/// `POST`: the changes that applying a document would make.
pub const ADMIN_PLAN: &str = "/v1/admin/plan";
/// `POST`: apply a document.
pub const ADMIN_APPLY: &str = "/v1/admin/apply";
/// `GET`: checks of the deployment.
pub const ADMIN_DOCTOR: &str = "/v1/admin/doctor";
/// `POST`: exchange a GitHub token for a caller token.
pub const LOGIN_GITHUB_CLI: &str = "/v1/login/github-cli";
/// `GET`: whose the caller token is. `DELETE`: revoke it.
pub const CLIENT: &str = "/v1/client";
/// `GET`: the health of a pool.
pub const POOL_HEALTH: &str = "/v1/pools/{pool}/health";
/// `GET`: the usage of a pool.
pub const POOL_STATS: &str = "/v1/pools/{pool}/stats";
/// `POST`: one read of GitHub's API through a pool, in an envelope.
pub const GITHUB_REQUEST: &str = "/v1/github/request";
/// `GET`: GitHub's REST API through a pool, as plain REST.
pub const GITHUB_REST: &str = "/api/v3/{*path}";
/// `POST`: GitHub's GraphQL API through a pool, where GitHub Enterprise Server has it.
pub const GITHUB_GRAPHQL: &str = "/api/graphql";
/// The same at the root of the host, where github.com has it.
pub const GITHUB_GRAPHQL_AT_ROOT: &str = "/graphql";
/// `GET`: the rewrite rules that newer clients require.
pub const POOL_STRING_REWRITES: &str = "/v1/pools/{pool}/string-rewrites";

/// The base URL path for clients of GitHub's API: GitHub's REST API is served below it.
pub const REST_BASE: &str = "/api/v3";
/// The first segments of GitHub's paths that are also served at the root of the host, for clients
/// that take a host and no base path. Paths by number are not relayed; they are here because GitHub
/// writes them into its answers, and a client that follows one gets a refusal that it can read.
pub const REST_AT_ROOT: [&str; 13] = [
    "emojis",
    "gists",
    "gitignore",
    "licenses",
    "meta",
    "organizations",
    "orgs",
    "rate_limit",
    "repos",
    "repositories",
    "search",
    "user",
    "users",
];

/// Whether a path is in the REST form. Its errors have GitHub's form, which clients of GitHub can
/// read, even if the path or the method does not exist.
pub fn is_rest(path: &str) -> bool {
    let below = path.strip_prefix(REST_BASE);
    is_rest_at_root(path) || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path is that of the GraphQL API. Its errors have a form that clients of GitHub's
/// GraphQL API can read.
pub fn is_graphql(path: &str) -> bool {
    matches!(path, GITHUB_GRAPHQL | GITHUB_GRAPHQL_AT_ROOT)
}

/// Whether a path is in the REST form at the root of the host.
pub fn is_rest_at_root(path: &str) -> bool {
    let first = path.strip_prefix('/').and_then(|rest| rest.split('/').next());
    first.is_some_and(|first| REST_AT_ROOT.contains(&first))
}

/// The path of [`ADMIN_CALLER`] for one caller.
pub fn admin_caller(caller: &str) -> String {
    fill(ADMIN_CALLER, &[("{caller}", caller)])
}

/// The path of [`ADMIN_CALLER_POOL`] for one grant.
pub fn admin_caller_pool(caller: &str, pool: &str) -> String {
    fill(ADMIN_CALLER_POOL, &[("{caller}", caller), ("{pool}", pool)])
}

/// The path of [`ADMIN_CALLER_CLIENT`] for one client.
pub fn admin_caller_client(caller: &str, client: &str) -> String {
    fill(ADMIN_CALLER_CLIENT, &[("{caller}", caller), ("{client}", client)])
}

/// The path of [`ADMIN_POOL`] for one pool.
pub fn admin_pool(pool: &str) -> String {
    fill(ADMIN_POOL, &[("{pool}", pool)])
}

/// The path of [`ADMIN_IDENTITIES`] for one pool.
pub fn admin_identities(pool: &str) -> String {
    fill(ADMIN_IDENTITIES, &[("{pool}", pool)])
}

/// The path of [`ADMIN_IDENTITY`] for one identity.
pub fn admin_identity(pool: &str, id: &str) -> String {
    fill(ADMIN_IDENTITY, &[("{pool}", pool), ("{id}", id)])
}

/// The path of [`ADMIN_IDENTITY_VERIFY`] for one identity.
pub fn admin_identity_verify(pool: &str, id: &str) -> String {
    fill(ADMIN_IDENTITY_VERIFY, &[("{pool}", pool), ("{id}", id)])
}

/// The path of [`ADMIN_TOKEN`] for one token.
pub fn admin_token(name: &str) -> String {
    fill(ADMIN_TOKEN, &[("{token}", name)])
}

/// The path of [`POOL_HEALTH`] for one pool.
pub fn pool_health(pool: &str) -> String {
    fill(POOL_HEALTH, &[("{pool}", pool)])
}

/// The path of [`POOL_STATS`] for one pool.
pub fn pool_stats(pool: &str) -> String {
    fill(POOL_STATS, &[("{pool}", pool)])
}

/// The path of [`POOL_STRING_REWRITES`] for one pool.
pub fn pool_string_rewrites(pool: &str) -> String {
    fill(POOL_STRING_REWRITES, &[("{pool}", pool)])
}

/// A path with the query parameters that have a value.
pub fn with_query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| value.map(|value| (name, value)));
    let pairs: Vec<_> = given.map(|(name, value)| format!("{name}={}", encode_segment(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Puts values into a template, percent-encoding all but RFC 3986's unreserved characters. A
/// mistyped name stays one segment, and the server refuses it instead of reading another path.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |path, (name, value)| {
        path.replace(name, &encode_segment(value).to_string())
    })
}

fn encode_segment(value: &str) -> PercentEncode<'_> {
    utf8_percent_encode(value, RESERVED)
}

#[cfg(test)]
mod tests {
    use super::{admin_identity_verify, is_rest, is_rest_at_root, pool_health, with_query};

    #[test]
    fn the_rest_form_is_below_its_base_and_at_the_root_of_the_host() {
        for path in ["/api/v3", "/api/v3/", "/api/v3/users", "/user", "/repos/acme/rocket", "/users/"] {
            assert!(is_rest(path), "{path}");
            assert_eq!(is_rest_at_root(path), !path.starts_with("/api"), "{path}");
        }
        for path in ["/", "/v1/github/request", "/api/v30", "/api", "/usersx", "//users", "/openapi.json"] {
            assert!(!is_rest(path), "{path}");
        }
    }

    #[test]
    fn a_parameter_stays_one_value() {
        let parameters =
            [("pool", Some("a&b=c d")), ("actor", None), ("since", Some("2026-01-01T00:00:00+01:00"))];
        let query = "/v1/admin/audit?pool=a%26b%3Dc%20d&since=2026-01-01T00%3A00%3A00%2B01%3A00";
        assert_eq!(with_query("/v1/admin/audit", &parameters), query);
        assert_eq!(with_query("/v1/admin/audit", &[("pool", None)]), "/v1/admin/audit");
    }

    #[test]
    fn a_value_stays_one_segment() {
        assert_eq!(pool_health("team/a ü"), "/v1/pools/team%2Fa%20%C3%BC/health");
        assert_eq!(admin_identity_verify("p", "{pool}"), "/v1/admin/pools/p/identities/%7Bpool%7D/verify");
    }
}
