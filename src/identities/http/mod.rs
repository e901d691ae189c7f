//! `POST /v1/admin/pools/{pool}/identities` and `…/{id}/verify`. Changes of registered identities
//! are in `lifecycle`.

pub(crate) mod checks;
pub(crate) mod fields;

mod lifecycle;

use axum::Extension;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types::{
    ErrorCode, Identity, RegisterIdentityResponse, VerifyIdentityResponse, Warning, WarningCode,
};
use octopool_core::{IdentityId, PoolId, SecretRef};

use super::{RegisterError, Registration};
use crate::access::Admin;
use crate::access::http::other_pool;
use crate::app::App;
use crate::change::http::etag;
use crate::change::{ChangeError, Mutation};
use crate::http::error::ApiError;
use crate::http::extract::{IdentityPath, JsonObject, OptionalObject, PoolPath};
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::query::NoQuery;
use crate::http::route::{Route, route};
use crate::idempotency::http::{Idempotency, Replayed, run_once};
use crate::idempotency::{self, Execution, NothingFound};
use crate::identities;
use fields::Purpose;
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
    run_once(&app, attempt, |execution| Box::pin(register(&app, &mutation, &registration, verify, execution)))
        .await
}

async fn register(
    app: &App,
    mutation: &Mutation,
    registration: &Registration,
    verify: bool,
    execution: Execution,
) -> Result<impl IntoResponse + use<>, ApiError> {
    let registered = identities::register_identity(app, mutation, registration, verify, &execution).await?;
    let response = RegisterIdentityResponse {
        identity: Identity::new(&registration.id, &registration.pool, &registration.spec),
        created: registered.created,
        warnings: registered
            .warnings
            .into_iter()
            .map(|it| warning(it, &registration.spec.secret_ref))
            .collect(),
    };
    Ok((etag(&registered.version), Json(mutation.status_of_a_creation(), response)))
}

/// Verifies that an identity's credential works.
pub(crate) async fn verify_identity(
    _: Admin,
    IdentityPath(pool, id): IdentityPath,
    _: NoQuery,
    Extension(app): Extension<App>,
    idempotency: Idempotency,
    OptionalObject(body): OptionalObject,
) -> Result<(Replayed, Json<VerifyIdentityResponse>), ApiError> {
    let attempt = idempotency.attempt(&body);
    // The body is only parsed, because the path is the whole request.
    let mut fields = Fields::new(body);
    fields.deny_unknown();
    fields.finish(Some(()))?;
    run_once(&app, attempt, |execution| Box::pin(verify(&app, &pool, &id, execution))).await
}

/// A verification writes nothing but the kept answer, which is sealed as a whole.
async fn verify(
    app: &App,
    pool: &PoolId,
    id: &IdentityId,
    execution: Execution,
) -> Result<Json<VerifyIdentityResponse>, ApiError> {
    if let Some((NothingFound {}, response)) = execution.kept()? {
        return Ok(Json(StatusCode::OK, response));
    }
    let Some(verification) = identities::verify_identity(app, pool, id).await? else {
        return Err(identities::find_identity(app, pool, id).await.err().map_or_else(
            // It was registered in this moment.
            || ApiError::new(ErrorCode::IdentityNotFound),
            ApiError::from,
        ));
    };
    let ok = verification.passed();
    let checks = verification.checks.into_iter().map(checks::view).collect();
    let response = VerifyIdentityResponse { id: id.to_string(), ok, checks };
    if let Some(keeping) = execution.keeping(app, &response).map_err(|error| ApiError::internal(&error))? {
        idempotency::keep_reading(app, &keeping, "{}").await?;
    }
    Ok(Json(StatusCode::OK, response))
}

/// Parses the registration, and whether to verify the identity first.
fn parse(pool: PoolId, mut fields: Fields) -> Result<(Registration, bool), ApiError> {
    let id = fields.required_text("id", IdentityId::parse);
    let spec = fields::read(&mut fields, Purpose::Register).into_spec();
    let verify = fields.optional_bool("verify").unwrap_or(false);
    fields.deny_unknown();
    let registration = id.zip(spec).map(|(id, spec)| Registration { id, pool, spec, exclusive: false });
    fields.finish(registration.map(|registration| (registration, verify)))
}

fn warning(warning: identities::Warning, secret: &SecretRef) -> Warning {
    let (code, message) = match warning {
        identities::Warning::SecretBindingMissing => (
            WarningCode::SecretBindingMissing,
            format!(
                "This deployment has no secret named {secret}. Set it with `npx wrangler secret put {secret}`; if \
                 wrangler says that the name is in use, choose another one."
            ),
        ),
        identities::Warning::NoScopes => (
            WarningCode::NoScopes,
            "Without scopes this identity serves no repository. Register it again with at least one scope.".to_owned(),
        ),
        identities::Warning::PatsOfSeveralAccounts => (
            WarningCode::PatsOfSeveralAccounts,
            "This pool has tokens of several accounts. GitHub's terms forbid sharing tokens to exceed rate limits. \
             Use a GitHub App installation."
                .to_owned(),
        ),
    };
    Warning { code, message }
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
                "Another pool uses this secret or installation. An admin token that is restricted to one pool cannot register it.",
            ),
            RegisterError::OtherCredential => other_pool().with_message(
                "This identity has another secret, App or installation, and an admin token that is restricted to one pool cannot change it.",
            ),
            RegisterError::Stale => ChangeError::Stale.into(),
            RegisterError::Conflicting(error) => error.into(),
            RegisterError::Database(error) => error.into(),
            RegisterError::Entropy(error) => Self::internal(&error),
        }
    }
}
