//! `POST /v1/admin/pools/{pool}/identities` and `…/{id}/verify`. What becomes of a registered identity is in `lifecycle`.

pub(crate) mod checks;

mod lifecycle;

use axum::Extension;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types::{
    ErrorCode, Identity, IdentityKind, IdentityStatus, RegisterIdentityResponse, VerifyIdentityResponse,
    Warning, WarningCode,
};
use octopool_core::{
    AccountLogin, IdentityId, IdentityLogin, InstallationId, MAX_SCOPES, PoolId, RepoName, Scope, ScopeOwner,
    Scopes, SecretRef, Weight,
};

use super::RegisterError;
use super::sql::{Credential, Registration};
use crate::access::Admin;
use crate::access::http::other_pool;
use crate::app::App;
use crate::change::http::etag;
use crate::change::{Mutation, Refused};
use crate::config::RESERVED_BINDINGS;
use crate::http::error::ApiError;
use crate::http::extract::{IdentityPath, JsonObject, OptionalObject, PoolPath};
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::query::NoQuery;
use crate::http::route::{Route, route};
use crate::idempotency::http::{Idempotency, Replayed, once};
use crate::idempotency::{self, NothingFound, Once};
use crate::identities;
use serde_json::json;

use lifecycle::{delete_identity, list_identities, read_identity, update_identity};

/// The routes of identities.
pub(crate) const ROUTES: &[Route] = &[
    route!(REGISTER_IDENTITY, register_identity),
    route!(LIST_IDENTITIES, list_identities),
    route!(READ_IDENTITY, read_identity),
    route!(UPDATE_IDENTITY, update_identity),
    route!(DELETE_IDENTITY, delete_identity),
    route!(VERIFY_IDENTITY, verify_identity),
];

const INSTALLATION_OF_A_PAT: &str = "must be left out for a `pat`";

/// Registers an identity, or updates it under the same id.
pub(crate) async fn register_identity(
    admin: Admin,
    PoolPath(pool): PoolPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
    idempotency: Idempotency,
    JsonObject(body): JsonObject,
) -> Result<impl IntoResponse, ApiError> {
    let attempt = idempotency.attempt(&body).filter(|_| !mutation.dry_run);
    let (mut registration, verify) = parse(pool, Fields::new(body))?;
    registration.exclusive = admin.restriction().is_some();
    once(&app, attempt, |once| Box::pin(register(&app, &mutation, &registration, verify, once))).await
}

async fn register(
    app: &App,
    mutation: &Mutation,
    registration: &Registration,
    verify: bool,
    once: Once,
) -> Result<impl IntoResponse + use<>, ApiError> {
    let registered = identities::register_identity(app, mutation, registration, verify, &once).await?;
    let response = RegisterIdentityResponse {
        identity: view(registration),
        created: registered.created,
        warnings: registered.warnings.into_iter().map(warning).collect(),
    };
    Ok((etag(&registered.version), Json(mutation.status_of_a_creation(), response)))
}

/// Proves that an identity's credential works.
pub(crate) async fn verify_identity(
    _: Admin,
    IdentityPath(pool, id): IdentityPath,
    _: NoQuery,
    Extension(app): Extension<App>,
    idempotency: Idempotency,
    OptionalObject(body): OptionalObject,
) -> Result<(Replayed, Json<VerifyIdentityResponse>), ApiError> {
    let attempt = idempotency.attempt(&body);
    // The path says it all.
    let mut fields = Fields::new(body);
    fields.deny_unknown();
    fields.finish(Some(()))?;
    once(&app, attempt, |once| Box::pin(verify(&app, &pool, &id, once))).await
}

/// Changes nothing, but asks GitHub: what it found is kept by itself, and sealed as a whole.
async fn verify(
    app: &App,
    pool: &PoolId,
    id: &IdentityId,
    once: Once,
) -> Result<Json<VerifyIdentityResponse>, ApiError> {
    if let Some((NothingFound {}, response)) = once.kept()? {
        return Ok(Json(StatusCode::OK, response));
    }
    let verification = identities::verify_identity(app, pool, id).await?;
    let verification = verification.ok_or_else(|| ApiError::new(ErrorCode::IdentityNotFound))?;
    let ok = verification.passed();
    let checks = verification.checks.into_iter().map(checks::view).collect();
    let response = VerifyIdentityResponse { id: id.to_string(), ok, checks };
    if let Some(keeping) = once.keeping(app, &response).map_err(|error| ApiError::internal(&error))? {
        idempotency::keep_reading(app, &keeping, "{}").await?;
    }
    Ok(Json(StatusCode::OK, response))
}

/// The registration, and whether it is to be verified first.
fn parse(pool: PoolId, mut fields: Fields) -> Result<(Registration, bool), ApiError> {
    let id = fields.required_text("id", IdentityId::parse);
    let login = fields.required_text("login", IdentityLogin::parse);
    let secret_ref = fields.required_text("secret_ref", SecretRef::parse);
    refuse_reserved(&mut fields, secret_ref.as_ref());
    let kind = kind(&mut fields);
    let credential = credential(&mut fields, kind);
    let weight = fields.optional_integer("weight", Weight::new);
    let scopes = fields.objects("scopes", MAX_SCOPES, |scope| read_scope(scope, kind));
    let verify = fields.optional_bool("verify").unwrap_or(false);
    fields.deny_unknown();
    let parts = id.zip(login).zip(secret_ref).zip(credential).zip(scopes);
    let registration = parts.map(|((((id, login), secret_ref), credential), scopes)| Registration {
        id,
        pool,
        login,
        secret_ref,
        credential,
        weight: weight.unwrap_or_default(),
        scopes: Scopes::new(scopes),
        exclusive: false,
    });
    fields.finish(registration.map(|registration| (registration, verify)))
}

/// A name that the Worker itself uses would let a relay spend the deployment's own secret.
pub(crate) fn refuse_reserved(fields: &mut Fields, secret_ref: Option<&SecretRef>) {
    if secret_ref.is_some_and(|name| RESERVED_BINDINGS.contains(&name.as_str())) {
        fields.refuse(
            ErrorCode::SecretRefReserved,
            "secret_ref",
            "must name a secret of this identity alone",
        );
    }
}

pub(crate) fn kind(fields: &mut Fields) -> Option<IdentityKind> {
    let Some(value) = fields.take("kind") else { return Some(IdentityKind::Pat) };
    match value.as_str() {
        Some("pat") => Some(IdentityKind::Pat),
        Some("github_app") => Some(IdentityKind::GithubApp),
        _ => {
            fields.refuse(ErrorCode::IdentityKindUnsupported, "kind", "must be `pat` or `github_app`");
            None
        }
    }
}

/// The kind with its installation. Of an unsupported kind nothing can be said about the installation.
pub(crate) fn credential(fields: &mut Fields, kind: Option<IdentityKind>) -> Option<Credential> {
    let installation = fields.take("installation_id");
    match kind? {
        IdentityKind::Pat if installation.is_none() => Some(Credential::Pat),
        IdentityKind::Pat => {
            fields.problem("installation_id", INSTALLATION_OF_A_PAT);
            None
        }
        IdentityKind::GithubApp => read_installation(fields, installation.as_ref()).map(Credential::App),
    }
}

fn read_installation(fields: &mut Fields, value: Option<&serde_json::Value>) -> Option<InstallationId> {
    let number = value.and_then(serde_json::Value::as_i64);
    let id = number.and_then(|number| InstallationId::new(number).ok());
    if id.is_none() {
        let problem = "must be a positive integer up to 9007199254740991 for a `github_app`";
        fields.refuse(ErrorCode::InstallationIdRequired, "installation_id", problem);
    }
    id
}

pub(crate) fn read_scope(fields: &mut Fields, kind: Option<IdentityKind>) -> Option<Scope> {
    let owner = fields.required_text("owner", |text| match text {
        "*" => Ok(ScopeOwner::Any),
        login => AccountLogin::parse(login).map(ScopeOwner::Account),
    });
    let repo = fields.optional_text("repo", RepoName::parse);
    let allow_private = fields.optional_bool("allow_private").unwrap_or(false);
    if owner == Some(ScopeOwner::Any) {
        if kind == Some(IdentityKind::GithubApp) {
            fields.problem("owner", "must be an account for a `github_app`; `*` is for a `pat`");
        }
        if repo.is_some() {
            fields.problem("repo", "must be left out where the owner is `*`");
        }
    }
    owner.map(|owner| Scope { owner, repo, allow_private })
}

fn view(registration: &Registration) -> Identity {
    let scopes = registration.scopes.as_slice().iter().map(|scope| octopool_api_types::Scope {
        owner: scope.owner.as_str().to_owned(),
        repo: scope.repo.as_ref().map(ToString::to_string),
        allow_private: scope.allow_private,
    });
    Identity {
        id: registration.id.to_string(),
        pool: registration.pool.to_string(),
        kind: match registration.credential {
            Credential::Pat => IdentityKind::Pat,
            Credential::App(_) => IdentityKind::GithubApp,
        },
        login: registration.login.to_string(),
        secret_ref: registration.secret_ref.to_string(),
        installation_id: registration.credential.installation().map(InstallationId::get),
        weight: registration.weight.get(),
        status: IdentityStatus::Active,
        scopes: scopes.collect(),
    }
}

fn warning(warning: identities::Warning) -> Warning {
    let (code, message) = match warning {
        identities::Warning::SecretBindingMissing => (
            WarningCode::SecretBindingMissing,
            "This deployment has no secret of the name in secret_ref. Set it with `npx wrangler secret put <secret_ref>`.",
        ),
        identities::Warning::NoScopes => (
            WarningCode::NoScopes,
            "Without scopes this identity serves no repository. Register it again with at least one scope.",
        ),
        identities::Warning::PatsOfSeveralAccounts => (
            WarningCode::PatsOfSeveralAccounts,
            "This pool holds tokens of several accounts. GitHub's terms forbid sharing tokens to exceed rate limits: prefer a GitHub App installation.",
        ),
    };
    Warning { code, message: message.to_owned() }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Unverified(verification) => {
                let failed = verification.checks.into_iter().filter(|check| check.fault.is_some());
                let failed: Vec<_> = failed.map(checks::view).collect();
                Self::new(ErrorCode::IdentityUnverified).with_details(json!({ "checks": failed }))
            }
            RegisterError::Conflict => Self::new(ErrorCode::IdentityConflict),
            RegisterError::SharedCredential => other_pool().with_message(
                "Another pool spends this secret or installation: an admin token for one pool cannot register it.",
            ),
            RegisterError::OtherCredential => other_pool().with_message(
                "This identity has another secret or installation, and an admin token for one pool cannot change it.",
            ),
            RegisterError::Stale => Refused::Stale.into(),
            RegisterError::Conflicting(error) => error.into(),
            RegisterError::Database(error) => error.into(),
            RegisterError::Entropy(error) => Self::internal(&error),
        }
    }
}
