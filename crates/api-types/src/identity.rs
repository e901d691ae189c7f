//! Identities in the API and the state document. The model is `octopool_core::IdentitySpec`.

use octopool_core::{AppId, IdentityId, IdentityKind, IdentitySpec, InstallationId, PoolId, Status};
use serde::{Deserialize, Serialize};

/// A scope: repositories that an identity may serve.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::all_names_none))]
pub struct Scope {
    /// An account, or `*` for every public repository.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ScopeOwner"))]
    pub owner: String,
    /// One repository of the owner; all of the owner's repositories if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::RepoName>"))]
    pub repo: Option<String>,
    /// Whether private repositories are included.
    #[serde(default)]
    pub allow_private: bool,
}

/// The body of `POST /v1/admin/pools/{pool}/identities`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::installation_of_its_kind))]
pub struct RegisterIdentityRequest {
    /// The id. Ids are unique across all pools.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// The login of the account behind the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityLogin"))]
    pub login: String,
    /// The name of the Worker secret that holds the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SecretRef"))]
    pub secret_ref: String,
    /// The kind of the credential; `pat` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentityKind>,
    /// The installation id of a `github_app` identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::InstallationNumber>"))]
    pub installation_id: Option<i64>,
    /// The App of a `github_app` identity, by its number or client id; the deployment's App if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::AppIdForm>"))]
    pub app_id: Option<AppId>,
    /// Preference between identities that could serve equally well, 0 to 1,000,000; 100 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Weight>"))]
    pub weight: Option<i64>,
    /// At most 100; they replace the existing ones.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub scopes: Vec<Scope>,
    /// Whether to verify the identity first, and register it only if it works.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verify: bool,
}

/// The answer of `POST /v1/admin/pools/{pool}/identities`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterIdentityResponse {
    /// The registered identity.
    pub identity: Identity,
    /// Whether the id was new.
    pub created: bool,
    /// Problems that did not prevent the registration.
    pub warnings: Vec<Warning>,
}

/// An identity. The secret itself is never part of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Identity {
    /// The id. Ids are unique across all pools.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// The pool it serves.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The kind of the credential.
    pub kind: IdentityKind,
    /// The login of the account behind the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityLogin"))]
    pub login: String,
    /// The name of the Worker secret that holds the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SecretRef"))]
    pub secret_ref: String,
    /// Null for a `pat`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::InstallationNumber>"))]
    pub installation_id: Option<i64>,
    /// The App, by its number or client id; absent for the deployment's App, and for a `pat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::AppId>"))]
    pub app_id: Option<AppId>,
    /// Preference between identities that could serve equally well.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Weight"))]
    pub weight: i64,
    /// Whether it is active.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityStatus"))]
    pub status: Status,
    /// The repositories that it may serve.
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
            app_id: spec.credential.app().cloned(),
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
    /// Its fields.
    #[serde(flatten)]
    pub identity: Identity,
    /// When it was first registered (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
    /// When it was last changed (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub updated_at: String,
}

/// `GET /v1/admin/pools/{pool}/identities`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IdentityList {
    /// Identities by id.
    pub identities: Vec<RegisteredIdentity>,
    /// The cursor of the next page; null on the last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

/// The body of `PATCH /v1/admin/pools/{pool}/identities/{id}`: absent fields do not change.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateIdentityRequest {
    /// The login of the account behind the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::IdentityLogin>"))]
    pub login: Option<String>,
    /// The name of the Worker secret that holds the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::SecretRef>"))]
    pub secret_ref: Option<String>,
    /// The installation id of a `github_app` identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::InstallationNumber>"))]
    pub installation_id: Option<i64>,
    /// The App of a `github_app` identity, by its number or client id; empty for the deployment's
    /// App.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::AppIdOrNone>"))]
    pub app_id: Option<String>,
    /// Preference between identities that could serve equally well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Weight>"))]
    pub weight: Option<i64>,
    /// Replaces all scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub scopes: Option<Vec<Scope>>,
    /// Whether it is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::IdentityStatus>"))]
    pub status: Option<Status>,
}

/// An identity in the state document. The secret is only a name here, as everywhere.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = crate::schema::open, transform = crate::schema::installation_of_its_kind))]
#[serde(deny_unknown_fields)]
pub struct DeclaredIdentity {
    /// The kind of the credential; `pat` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentityKind>,
    /// The login of the account behind the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityLogin"))]
    pub login: String,
    /// The name of the Worker secret that holds the credential.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::SecretRef"))]
    pub secret_ref: String,
    /// The installation id of a `github_app` identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::InstallationNumber>"))]
    pub installation_id: Option<i64>,
    /// The App of a `github_app` identity, by its number or client id; the deployment's App if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::AppIdForm>"))]
    pub app_id: Option<AppId>,
    /// Preference between identities that could serve equally well; 100 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Weight>"))]
    pub weight: Option<i64>,
    /// Whether it is active; `active` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::IdentityStatus>"))]
    pub status: Option<Status>,
    /// The repositories that it may serve, in this order.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Scope>", length(max = 100)))]
    pub scopes: Vec<DeclaredScope>,
}

/// A scope in the state document: repositories that an identity may serve.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredScope {
    /// An account, or `*` for every public repository.
    pub owner: String,
    /// One repository of the owner; all of the owner's repositories if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Whether private repositories are included.
    #[serde(default)]
    pub allow_private: bool,
}

impl From<Identity> for DeclaredIdentity {
    /// With every default written out.
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
            app_id: identity.app_id,
            weight: Some(identity.weight),
            status: Some(identity.status),
            scopes: scopes.collect(),
        }
    }
}

/// A problem that did not prevent a registration.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Warning {
    /// The kind of warning, for programs.
    pub code: WarningCode,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// The closed list of warnings.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// The deployment has no secret named `secret_ref`.
    SecretBindingMissing,
    /// The identity has no scopes, so it serves only routes without an owner.
    NoScopes,
    /// The pool has PATs of several accounts, which GitHub's terms forbid.
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
    /// The checks, in order. A check that depends on a failed one is left out.
    pub checks: Vec<CheckResult>,
}

/// A check.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckResult {
    /// The check's name, for programs.
    pub check: String,
    /// Whether it passed.
    pub ok: bool,
    /// What it is about, if the list has checks of several things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The command that fixes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// What works but could be safer. A check with a warning has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The command that makes it safer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}
