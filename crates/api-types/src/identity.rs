//! Identities as the API and its documents show them. What they are is `octopool_core::IdentitySpec`.

use octopool_core::{IdentityId, IdentityKind, IdentitySpec, InstallationId, PoolId, Status};
use serde::{Deserialize, Serialize};

/// The repositories that an identity may serve.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::all_names_none))]
pub struct Scope {
    /// An account, or `*` for every public repository.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ScopeOwner"))]
    pub owner: String,
    /// One repository of the owner; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::RepoName>"))]
    pub repo: Option<String>,
    /// Whether private repositories are meant too.
    #[serde(default)]
    pub allow_private: bool,
}

/// The body of `POST /v1/admin/pools/{pool}/identities`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::installation_of_its_kind))]
pub struct RegisterIdentityRequest {
    /// Unique over all pools.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// The account behind the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityLogin"))]
    pub login: String,
    /// The name of the Worker secret that holds the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SecretRef"))]
    pub secret_ref: String,
    /// `pat` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentityKind>,
    /// The installation of a `github_app` identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::InstallationNumber>"))]
    pub installation_id: Option<i64>,
    /// Preference between equal candidates, 0 to 1,000,000; 100 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Weight>"))]
    pub weight: Option<i64>,
    /// At most 100; they replace what was registered before.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub scopes: Vec<Scope>,
    /// Whether to register nothing that does not work.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verify: bool,
}

/// The answer of `POST /v1/admin/pools/{pool}/identities`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterIdentityResponse {
    /// What is stored now.
    pub identity: Identity,
    /// Whether the id was new.
    pub created: bool,
    /// What is registered but will not work well.
    pub warnings: Vec<Warning>,
}

/// An identity as the admin sees it; the secret itself is never part of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Identity {
    /// Unique over all pools.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// The pool it serves.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// What kind of credential it is.
    pub kind: IdentityKind,
    /// The account behind the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityLogin"))]
    pub login: String,
    /// The name of the Worker secret.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SecretRef"))]
    pub secret_ref: String,
    /// Null for a `pat`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::InstallationNumber>"))]
    pub installation_id: Option<i64>,
    /// Preference between equal candidates.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Weight"))]
    pub weight: i64,
    /// Whether it serves.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityStatus"))]
    pub status: Status,
    /// What it may serve.
    pub scopes: Vec<Scope>,
}

impl Identity {
    /// What the admin sees of an identity.
    pub fn new(id: &IdentityId, pool: &PoolId, spec: &IdentitySpec) -> Self {
        Self {
            id: id.to_string(),
            pool: pool.to_string(),
            kind: spec.credential.kind(),
            login: spec.login.to_string(),
            secret_ref: spec.secret_ref.to_string(),
            installation_id: spec.credential.installation().map(InstallationId::get),
            weight: spec.weight.get(),
            status: spec.status,
            scopes: spec.scopes.as_slice().iter().map(Scope::from).collect(),
        }
    }
}

impl From<&octopool_core::Scope> for Scope {
    fn from(scope: &octopool_core::Scope) -> Self {
        Self {
            owner: scope.owner.as_str().to_owned(),
            repo: scope.repo.as_ref().map(ToString::to_string),
            allow_private: scope.allow_private,
        }
    }
}

/// A registered identity: `GET /v1/admin/pools/{pool}/identities/{id}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisteredIdentity {
    /// What it is.
    #[serde(flatten)]
    pub identity: Identity,
    /// When it was registered first (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
    /// When it changed last (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub updated_at: String,
}

/// `GET /v1/admin/pools/{pool}/identities`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IdentityList {
    /// Identities by id.
    pub identities: Vec<RegisteredIdentity>,
    /// Where the next page begins; null on the last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

/// The body of `PATCH /v1/admin/pools/{pool}/identities/{id}`: what is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateIdentityRequest {
    /// The account behind the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::IdentityLogin>"))]
    pub login: Option<String>,
    /// The name of the Worker secret that holds the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::SecretRef>"))]
    pub secret_ref: Option<String>,
    /// The installation of a `github_app` identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::InstallationNumber>"))]
    pub installation_id: Option<i64>,
    /// Preference between equal candidates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Weight>"))]
    pub weight: Option<i64>,
    /// Replaces all scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub scopes: Option<Vec<Scope>>,
    /// Whether it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::IdentityStatus>"))]
    pub status: Option<Status>,
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
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::IdentityStatus>"))]
    pub status: Option<Status>,
    /// What it may serve, in this order.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Scope>", length(max = 100)))]
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

impl From<Identity> for DeclaredIdentity {
    /// With nothing left out that has a default.
    fn from(identity: Identity) -> Self {
        let scopes = identity.scopes.into_iter().map(|scope| DeclaredScope {
            owner: scope.owner,
            repo: scope.repo,
            allow_private: scope.allow_private,
        });
        Self {
            kind: Some(identity.kind),
            login: identity.login,
            secret_ref: identity.secret_ref,
            installation_id: identity.installation_id,
            weight: Some(identity.weight),
            status: Some(identity.status),
            scopes: scopes.collect(),
        }
    }
}

/// Something about a registration that an operator should know.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Warning {
    /// Which warning it is, for programs.
    pub code: WarningCode,
    /// What it means and what to do, for people.
    pub message: String,
}

/// The closed list of warnings.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// `secret_ref` names no secret of this deployment.
    SecretBindingMissing,
    /// Without scopes the identity serves routes without an owner only.
    NoScopes,
    /// PATs of several accounts in one pool, which GitHub's terms forbid.
    PatsOfSeveralAccounts,
}

/// The answer of `POST /v1/admin/pools/{pool}/identities/{id}/verify`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerifyIdentityResponse {
    /// The identity's id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// Whether every check passed.
    pub ok: bool,
    /// What was looked at, in order; what depends on a check that failed is not in the list.
    pub checks: Vec<CheckResult>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckResult {
    /// The check's name, for programs.
    pub check: String,
    /// Whether it passed.
    pub ok: bool,
    /// What it is about, if the list is about several things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The command that mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// What works but could be safer. A check with a warning has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The command that makes it safer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}
