//! Pools as a document: `GET /v1/admin/state`, `POST /v1/admin/plan`, `POST /v1/admin/apply`.
//!
//! The document refuses unknown fields in both directions. What a client dropped because it does not know it would be missing from
//! what it sends back, and so be taken away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::governance::CallerStatus;
use crate::identity::{IdentityKind, IdentityStatus};

/// Everything that can be declared. What is not in a wanted document is deleted.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open))]
#[serde(deny_unknown_fields)]
pub struct StateDocument {
    /// Pools by name.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<crate::schema::PoolName, DeclaredPool>"))]
    pub pools: BTreeMap<String, DeclaredPool>,
    /// Callers by the immutable id of their account, in decimal.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<crate::schema::AccountKey, DeclaredCaller>"))]
    pub callers: BTreeMap<String, DeclaredCaller>,
}

/// A pool.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open))]
#[serde(deny_unknown_fields)]
pub struct DeclaredPool {
    /// What its callers may read; a new pool's policy if absent. Null in an answer if the stored text is no policy; in a request it is
    /// refused, so that what was read opens no pool that was closed.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PolicyForm>"))]
    pub policy: Option<DeclaredPolicy>,
    /// Its identities by id, which is unique over all pools.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<crate::schema::IdentityId, DeclaredIdentity>"))]
    pub identities: BTreeMap<String, DeclaredIdentity>,
}

/// A policy; what is absent is as in a new pool.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredPolicy {
    /// Logins whose repositories every identity of the pool may serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_owners: Option<Vec<String>>,
    /// Whether a broad PAT may serve any other public repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_public_repos: Option<bool>,
    /// Whether GitHub's search is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_search: Option<bool>,
    /// Whether job logs are served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_logs: Option<bool>,
}

/// An identity. The secret is a name here as everywhere.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open, transform = crate::schema::installation_of_its_kind))]
#[serde(deny_unknown_fields)]
pub struct DeclaredIdentity {
    /// `pat` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentityKind>,
    /// The account behind the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityLogin"))]
    pub login: String,
    /// The name of the Worker secret that holds it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SecretRef"))]
    pub secret_ref: String,
    /// The installation of a `github_app` identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::InstallationNumber>"))]
    pub installation_id: Option<i64>,
    /// Preference between equal candidates; 100 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Weight>"))]
    pub weight: Option<i64>,
    /// Whether it serves; `active` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<IdentityStatus>,
    /// What it may serve, in this order.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::identity::Scope>", length(max = 100)))]
    pub scopes: Vec<DeclaredScope>,
}

/// The repositories that an identity may serve.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredScope {
    /// An account, or `*` for every public repository.
    pub owner: String,
    /// One repository of the owner; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Whether private repositories are meant too.
    #[serde(default)]
    pub allow_private: bool,
}

/// A caller.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open))]
#[serde(deny_unknown_fields)]
pub struct DeclaredCaller {
    /// The account's login. The number binds; with the login GitHub is asked for the membership.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub github_login: String,
    /// The display name; the login if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::DisplayName>"))]
    pub name: Option<String>,
    /// Whether it may come in; `active` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CallerStatus>,
    /// The pools that it may use.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::PoolName>"))]
    pub pools: Vec<String>,
}

/// The answer of `GET /v1/admin/state`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StateResponse {
    /// What there is.
    pub state: StateDocument,
    /// A digest of it; times are no part of it.
    pub state_hash: String,
}

/// The body of `POST /v1/admin/plan`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanRequest {
    /// What there is to be.
    pub desired: StateDocument,
}

/// The body of `POST /v1/admin/apply`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApplyRequest {
    /// What there is to be.
    pub desired: StateDocument,
    /// The hash of the state on which the plan was made.
    pub state_hash: String,
}

/// The answer of `POST /v1/admin/plan` and `POST /v1/admin/apply`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanResponse {
    /// What changes, in a fixed order.
    pub changes: Vec<Change>,
    /// The hash of the state: for a plan of the one that it was made on, for an apply of the one that it made.
    pub state_hash: String,
}

/// One object that changes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// What becomes of it.
    pub action: ChangeAction,
    /// What it is.
    pub kind: ChangeKind,
    /// A pool's name, an identity's id, or the id of a caller's account, also for its grants.
    pub id: String,
    /// The pool of an identity or a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// What changes of it; all that it has where it comes or goes.
    pub fields: Vec<FieldChange>,
}

/// What becomes of an object.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// It is not there yet.
    Create,
    /// It is there, and not as wanted.
    Update,
    /// It is there and not wanted.
    Delete,
}

/// What an object is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A pool.
    Pool,
    /// An identity of a pool.
    Identity,
    /// A caller.
    Caller,
    /// A caller's grant for a pool.
    Grant,
}

/// One field that changes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What stands there; null where nothing does.
    pub before: Value,
    /// What is to stand there; null where nothing is.
    pub after: Value,
}
