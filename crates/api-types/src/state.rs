//! Pools as a document: `GET /v1/admin/state`, `POST /v1/admin/plan`, `POST /v1/admin/apply`.
//!
//! Unknown fields are refused in both directions. If a client dropped a field that it does not
//! know, the field would be missing from the document that it sends back, and its value would be
//! removed.

use std::collections::BTreeMap;

use octopool_core::state::{Change, State};
use octopool_core::{CallerSpec, PoolPolicy, Status};
use serde::{Deserialize, Serialize};

use crate::identity::{DeclaredIdentity, Identity};

/// The state document. What is missing from a desired document is deleted.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open))]
#[serde(deny_unknown_fields)]
pub struct StateDocument {
    /// Pools by name.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<crate::schema::PoolName, DeclaredPool>"))]
    pub pools: BTreeMap<String, DeclaredPool>,
    /// Callers by the immutable id of their GitHub account, in decimal.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<crate::schema::AccountKey, DeclaredCaller>"))]
    pub callers: BTreeMap<String, DeclaredCaller>,
}

/// A pool.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open))]
#[serde(deny_unknown_fields)]
pub struct DeclaredPool {
    /// What its callers may read; the policy of a new pool if absent. Null in an answer if the
    /// stored text is not a policy. Null is refused in a request, so that sending back an answer
    /// does not open a pool that served nothing.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PolicyForm>"))]
    pub policy: Option<DeclaredPolicy>,
    /// Its identities by id. Ids are unique across all pools.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<crate::schema::IdentityId, DeclaredIdentity>"))]
    pub identities: BTreeMap<String, DeclaredIdentity>,
}

/// A policy; absent fields are as in a new pool.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredPolicy {
    /// Owners whose repositories every identity of the pool may serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_owners: Option<Vec<String>>,
    /// Whether a PAT with the scope `*` may serve any other public repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_public_repos: Option<bool>,
    /// Whether GitHub's search may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_search: Option<bool>,
    /// Whether job logs may be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_logs: Option<bool>,
}

/// A caller.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open))]
#[serde(deny_unknown_fields)]
pub struct DeclaredCaller {
    /// The account's login. The caller is bound to the account's id; the login is used to ask
    /// GitHub for the membership.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub github_login: String,
    /// The display name; the login if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::DisplayName>"))]
    pub name: Option<String>,
    /// `disabled` refuses the caller; `active` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::CallerStatus>"))]
    pub status: Option<Status>,
    /// The pools that it may use.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::PoolName>"))]
    pub pools: Vec<String>,
    /// Clients to add, by name. They are never in an answer. A client that is not named stays, and
    /// so does one whose token is at least as new as the declared one. Not for an admin of one
    /// pool.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<crate::schema::ClientName, DeclaredClient>"))]
    pub clients: BTreeMap<String, DeclaredClient>,
}

/// A client with a token that was issued elsewhere and that it keeps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open))]
#[serde(deny_unknown_fields)]
pub struct DeclaredClient {
    /// The SHA-256 of the whole token in base64url without padding. The token itself is refused.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::TokenDigest"))]
    pub token_digest: String,
    /// When the token was issued (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
}

impl From<State> for StateDocument {
    /// With every default written out.
    fn from(state: State) -> Self {
        let mut document = Self::default();
        for (id, pool) in state.pools {
            let identities = pool.identities.iter();
            let identities =
                identities.map(|(name, spec)| (name.to_string(), Identity::new(name, &id, spec).into()));
            let pool = DeclaredPool {
                identities: identities.collect(),
                policy: pool.policy.map(DeclaredPolicy::from),
            };
            document.pools.insert(id.to_string(), pool);
        }
        let callers = state.callers.into_iter();
        document.callers = callers.map(|(id, caller)| (id.get().to_string(), caller.into())).collect();
        document
    }
}

impl From<PoolPolicy> for DeclaredPolicy {
    fn from(policy: PoolPolicy) -> Self {
        Self {
            allowed_owners: Some(policy.allowed_owners),
            allow_public_repos: Some(policy.allow_public_repos),
            allow_search: Some(policy.allow_search),
            allow_logs: Some(policy.allow_logs),
        }
    }
}

impl From<CallerSpec> for DeclaredCaller {
    fn from(caller: CallerSpec) -> Self {
        Self {
            github_login: caller.github_login.to_string(),
            name: Some(caller.name.to_string()),
            status: Some(caller.status),
            pools: caller.pools.iter().map(ToString::to_string).collect(),
            clients: BTreeMap::new(),
        }
    }
}

/// The answer of `GET /v1/admin/state`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StateResponse {
    /// The current state.
    pub state: StateDocument,
    /// A digest of the document; times are not part of it.
    pub state_hash: String,
}

/// The body of `POST /v1/admin/plan`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanRequest {
    /// The desired state.
    pub desired: StateDocument,
}

/// The body of `POST /v1/admin/apply`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApplyRequest {
    /// The desired state.
    pub desired: StateDocument,
    /// The `state_hash` of the plan: the state that it was made on.
    pub state_hash: String,
}

/// The answer of `POST /v1/admin/plan` and `POST /v1/admin/apply`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanResponse {
    /// The changes, in a fixed order.
    pub changes: Vec<Change>,
    /// The hash of the state: for a plan, the state that it was made on; for an apply, the new
    /// state.
    pub state_hash: String,
}
