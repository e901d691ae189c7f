//! One row per route: what it asks of a principal, and what it answers to one that it lets in.

use octopool_api_types::endpoints::{self, Auth, Endpoint};
use octopool_api_types::paths;

use super::principals::Principal;

/// The status, and the error's code; empty where there is no error.
pub(super) type Outcome = (u16, &'static str);

const MISSING: Outcome = (401, "missing_auth");
const NO_CALLER: Outcome = (401, "invalid_auth");
const NO_ADMIN: Outcome = (401, "invalid_admin_auth");
const POOL_DENIED: Outcome = (403, "pool_denied");
const ROOT_REQUIRED: Outcome = (403, "root_required");

/// What a route asks of a principal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Door {
    /// Nothing.
    Open,
    /// A caller token that opens the pool `team`.
    Caller,
    /// A caller token that opens any pool.
    AnyCaller,
    /// An admin. A token for one pool lets in where the request is about that pool alone.
    Admin {
        /// What the admin of `team` is answered, if it is not what everybody is who is let in.
        of_pool: Option<Outcome>,
        /// The same for the admin of another pool.
        of_other_pool: Option<Outcome>,
    },
    /// The holder of the deployment's own token.
    Root,
}

/// About the pool `team` and no other.
const OF_POOL: Door = Door::Admin { of_pool: None, of_other_pool: Some(POOL_DENIED) };
/// Shows each admin what it may see.
const OF_ANY_POOL: Door = Door::Admin { of_pool: None, of_other_pool: None };
/// About more than one pool.
const OF_ALL_POOLS: Door = Door::Admin { of_pool: Some(POOL_DENIED), of_other_pool: Some(POOL_DENIED) };
/// About a caller of `team`, whom the admin of another pool does not see.
const OF_CALLER: Door = Door::Admin { of_pool: None, of_other_pool: Some((404, "caller_not_found")) };

impl Door {
    pub(super) fn auth(self) -> Auth {
        match self {
            Self::Open => Auth::Open,
            Self::Caller | Self::AnyCaller => Auth::Caller,
            Self::Admin { .. } | Self::Root => Auth::Admin,
        }
    }

    /// What a principal is answered; `served` is what one is answered who is let in.
    pub(super) fn outcome(self, principal: Principal, served: Outcome) -> Outcome {
        match self {
            Self::Open => served,
            Self::AnyCaller if principal == Principal::CallerOfOtherPool => served,
            Self::Caller | Self::AnyCaller => of_callers(principal, served),
            Self::Admin { of_pool, of_other_pool } => {
                let (of_pool, of_other_pool) = (of_pool.unwrap_or(served), of_other_pool.unwrap_or(served));
                of_admins(principal, &Admins { root: served, named: served, of_pool, of_other_pool })
            }
            Self::Root => {
                let [named, of_pool, of_other_pool] = [ROOT_REQUIRED; 3];
                of_admins(principal, &Admins { root: served, named, of_pool, of_other_pool })
            }
        }
    }
}

fn of_callers(principal: Principal, served: Outcome) -> Outcome {
    match principal {
        Principal::Nobody | Principal::OtherScheme => MISSING,
        Principal::Caller => served,
        Principal::CallerOfOtherOrg => (403, "org_denied"),
        Principal::FormerMember => (403, "org_member_denied"),
        Principal::Malformed
        | Principal::UnknownCallerToken
        | Principal::CallerOfOtherPool
        | Principal::TokenBoundToOtherPool
        | Principal::RevokedClient
        | Principal::DisabledCaller
        | Principal::Root
        | Principal::NamedAdmin
        | Principal::AdminOfPool
        | Principal::AdminOfOtherPool
        | Principal::ExpiredAdmin
        | Principal::RevokedAdmin
        | Principal::UnknownAdminToken => NO_CALLER,
    }
}

/// What each admin is answered.
struct Admins {
    root: Outcome,
    named: Outcome,
    of_pool: Outcome,
    of_other_pool: Outcome,
}

fn of_admins(principal: Principal, admins: &Admins) -> Outcome {
    match principal {
        Principal::Nobody | Principal::OtherScheme => MISSING,
        Principal::Root => admins.root,
        Principal::NamedAdmin => admins.named,
        Principal::AdminOfPool => admins.of_pool,
        Principal::AdminOfOtherPool => admins.of_other_pool,
        Principal::Malformed
        | Principal::UnknownCallerToken
        | Principal::Caller
        | Principal::CallerOfOtherPool
        | Principal::TokenBoundToOtherPool
        | Principal::RevokedClient
        | Principal::DisabledCaller
        | Principal::CallerOfOtherOrg
        | Principal::FormerMember
        | Principal::ExpiredAdmin
        | Principal::RevokedAdmin
        | Principal::UnknownAdminToken => NO_ADMIN,
    }
}

/// A route, the request that is sent to it, and what it answers to one who is let in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) query: &'static str,
    pub(super) body: &'static str,
    pub(super) door: Door,
    pub(super) served: Outcome,
}

const fn row(method: &'static str, path: &'static str, door: Door, served: Outcome) -> Row {
    Row { method, path, query: "", body: "", door, served }
}

const fn get(path: &'static str, door: Door) -> Row {
    row("GET", path, door, OK)
}

impl Row {
    const fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    const fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }
}

/// Changes are asked for as dry runs, so that each cell meets the same deployment.
const DRY: &str = "?dry_run=true";
const TEAM: &str = "?pool=team";
const GRAPHQL: &str = r#"{"query": "{ __typename }"}"#;
const OK: Outcome = (200, "");
/// A path that the relay does not read.
const UNREAD: Outcome = (403, "fallback_local");

pub(super) const ROWS: &[Row] = &[
    get(paths::ROOT, Door::Open),
    get(paths::DISCOVERY, Door::Open),
    get(paths::OPENAPI, Door::Open),
    // The GitHub token in the body is the credential.
    row("POST", paths::LOGIN_GITHUB_CLI, Door::Open, (401, "github_auth_failed"))
        .body(r#"{"github_token": "ghp_unknown"}"#),
    row("POST", paths::ADMIN_CALLERS, OF_POOL, OK)
        .query(DRY)
        .body(r#"{"pool": "team", "github_login": "hubot"}"#),
    get(paths::ADMIN_CALLERS, OF_POOL).query(TEAM),
    get(paths::ADMIN_CALLER, OF_CALLER),
    row("PATCH", paths::ADMIN_CALLER, OF_ALL_POOLS, OK).query(DRY).body(r#"{"status": "disabled"}"#),
    row("DELETE", paths::ADMIN_CALLER_POOL, OF_POOL, (204, "")).query(DRY),
    row("DELETE", paths::ADMIN_CALLER_CLIENT, OF_ALL_POOLS, (204, "")).query(DRY),
    get(paths::ADMIN_POOLS, OF_ANY_POOL),
    get(paths::ADMIN_POOL, OF_POOL),
    row("PATCH", paths::ADMIN_POOL, OF_POOL, OK).query(DRY).body(r#"{"policy": {}}"#),
    // There are callers and identities in it.
    row("DELETE", paths::ADMIN_POOL, OF_POOL, (409, "pool_not_empty")).query(DRY),
    row("POST", paths::ADMIN_IDENTITIES, OF_POOL, OK).query(DRY).body(
        r#"{"id": "p3", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{"owner": "acme"}]}"#,
    ),
    get(paths::ADMIN_IDENTITIES, OF_POOL),
    get(paths::ADMIN_IDENTITY, OF_POOL),
    row("PATCH", paths::ADMIN_IDENTITY, OF_POOL, OK).query(DRY).body(r#"{"weight": 5}"#),
    row("DELETE", paths::ADMIN_IDENTITY, OF_POOL, (204, "")).query(DRY),
    row("POST", paths::ADMIN_IDENTITY_VERIFY, OF_POOL, OK),
    get(paths::ADMIN_AUDIT, OF_POOL).query(TEAM),
    get(paths::ADMIN_AUDIT_EXPORT, OF_POOL).query(TEAM),
    get(paths::ADMIN_AUDIT_VERIFY, OF_ALL_POOLS),
    row("POST", paths::ADMIN_AUDIT_CUT, Door::Root, OK)
        .query(DRY)
        .body(r#"{"before": "2020-01-01T00:00:00Z"}"#),
    get(paths::ADMIN_STATE, OF_ANY_POOL),
    row("POST", paths::ADMIN_PLAN, OF_POOL, OK).body(r#"{"desired": {"pools": {"team": {}}}}"#),
    row("POST", paths::ADMIN_APPLY, OF_POOL, (409, "state_changed"))
        .body(r#"{"desired": {"pools": {"team": {}}}, "state_hash": "none"}"#),
    row("POST", paths::ADMIN_TOKENS, Door::Root, OK).query(DRY).body(r#"{"name": "new"}"#),
    get(paths::ADMIN_TOKENS, Door::Root),
    row("DELETE", paths::ADMIN_TOKEN, Door::Root, (204, "")).query(DRY),
    get(paths::ADMIN_DOCTOR, OF_POOL).query(TEAM),
    get(paths::CLIENT, Door::AnyCaller),
    row("DELETE", paths::CLIENT, Door::AnyCaller, (204, "")).query(DRY),
    get(paths::POOL_STATS, Door::Caller),
    get(paths::POOL_HEALTH, Door::Caller),
    get(paths::POOL_STRING_REWRITES, Door::Caller),
    row("POST", paths::GITHUB_REQUEST, Door::Caller, OK)
        .body(r#"{"pool": "team", "method": "GET", "path": "/repos/acme/rocket"}"#),
    row("POST", paths::GITHUB_GRAPHQL, Door::Caller, OK).body(GRAPHQL),
    row("POST", paths::GITHUB_GRAPHQL_AT_ROOT, Door::Caller, OK).body(GRAPHQL),
    get(paths::GITHUB_REST, Door::Caller),
    rest(&endpoints::READ_GITHUB_ROOT, OK),
    rest(&endpoints::READ_GITHUB_ROOT_WITH_SLASH, OK),
    rest(&endpoints::READ_GITHUB_EMOJIS, OK),
    rest(&endpoints::READ_GITHUB_GISTS, UNREAD),
    rest(&endpoints::READ_GITHUB_GITIGNORE, OK),
    rest(&endpoints::READ_GITHUB_LICENSES, OK),
    rest(&endpoints::READ_GITHUB_LICENSE, OK),
    rest(&endpoints::READ_GITHUB_META, OK),
    rest(&endpoints::READ_GITHUB_ORGANIZATIONS, UNREAD),
    rest(&endpoints::READ_GITHUB_ORGS, OK),
    rest(&endpoints::READ_GITHUB_RATE_LIMIT, OK),
    rest(&endpoints::READ_GITHUB_REPOS, OK),
    rest(&endpoints::READ_GITHUB_REPOSITORIES, UNREAD),
    rest(&endpoints::READ_GITHUB_SEARCH, UNREAD),
    rest(&endpoints::READ_GITHUB_USER, OK),
    rest(&endpoints::READ_GITHUB_OF_USER, UNREAD),
    rest(&endpoints::READ_GITHUB_USERS, OK),
];

/// One of the paths of GitHub's REST API at the root of the host.
const fn rest(endpoint: &Endpoint, served: Outcome) -> Row {
    row("GET", endpoint.path, Door::Caller, served)
}
