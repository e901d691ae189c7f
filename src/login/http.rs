//! `POST /v1/login/github-cli`: exchanges a GitHub token for a caller token.

use axum::Extension;
use http::StatusCode;
use octopool_api_types::{LoggedInCaller, LoginResponse};
use octopool_core::{AccountLogin, ClientName, PoolId, Violation};
use secrecy::SecretString;

use super::{Login, LoginError, Vouched};
use crate::access::http::{Reader, membership_denied, own_token, trouble};
use crate::app::App;
use crate::callers::http::client_name;
use crate::github::GithubError;
use crate::http::error::ApiError;
use crate::http::extract::{JsonObject, RequestId};
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::route::{Route, route};
use crate::idempotency::Execution;
use crate::idempotency::http::{Idempotency, Replayed, run_once};
use crate::login;
use octopool_api_types::ErrorCode;
use serde_json::{Value, json};

/// The route of the login.
pub(crate) const ROUTES: &[Route] = &[route!(LOGIN_WITH_GITHUB_TOKEN, login_with_github_token)];

/// The longest GitHub token that is accepted; the longest known ones have about 520 characters.
const MAX_TOKEN_BYTES: usize = 4096;

/// Logs in and returns the client's new token, which is the only time that it is shown.
pub(crate) async fn login_with_github_token(
    Extension(app): Extension<App>,
    RequestId(request_id): RequestId,
    idempotency: Idempotency,
    JsonObject(body): JsonObject,
) -> Result<(Replayed, Json<LoginResponse>), ApiError> {
    let sent = body.clone();
    let login = parse(Fields::new(body))?;
    // GitHub is asked each time, also for a repeated answer: the GitHub token is the only
    // credential of this request, and an account that GitHub does not confirm must not create a
    // record.
    let vouched = login::vouch(&app, &login).await?;
    let attempt = idempotency.attempt_by(&login.github_token, &sent);
    run_once(&app, attempt, |execution| Box::pin(log_in(&app, &request_id, &login, &vouched, execution)))
        .await
}

async fn log_in(
    app: &App,
    request_id: &str,
    login: &Login,
    vouched: &Vouched,
    execution: Execution,
) -> Result<Json<LoginResponse>, ApiError> {
    let client_name = login.client.to_string();
    let logged_in = login::log_in(app, request_id, vouched, &execution).await?;
    let caller = logged_in.caller;
    let caller = LoggedInCaller {
        id: caller.id,
        name: caller.name,
        github_login: caller.github_login,
        org_login: caller.org_login,
        pool: logged_in.pool.to_string(),
        client_name,
    };
    let token = logged_in.token.expose().to_owned();
    Ok(Json(StatusCode::CREATED, LoginResponse { caller, token }))
}

/// Unknown fields are ignored, because older and newer clients log in to this server.
fn parse(mut fields: Fields) -> Result<Login, ApiError> {
    let github_token = fields.required_text("github_token", github_token);
    let client = client_name(&mut fields, "client_name", ClientName::legacy);
    let pool = pool(&mut fields);
    let login = github_token.zip(client).map(|(github_token, client)| Login { github_token, client, pool });
    fields.finish(login)
}

/// The pool, if one is given: existing clients send an empty text for none.
fn pool(fields: &mut Fields) -> Option<PoolId> {
    if fields.is_empty_text("pool") {
        fields.take("pool");
    }
    fields.optional_text("pool", PoolId::parse)
}

/// A token: any text that can be sent in a header.
fn github_token(text: &str) -> Result<SecretString, Violation> {
    let text = text.trim();
    if text.len() <= MAX_TOKEN_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(SecretString::from(text));
    }
    Err("must be a GitHub token: visible ASCII characters without spaces".into())
}

impl From<LoginError> for ApiError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::PoolDenied => Self::new(ErrorCode::PoolDenied),
            LoginError::Github { error, org } => github_auth_failed(&error, &org),
            LoginError::Membership(error) => membership_denied(error, Reader::Person),
            LoginError::NotProvisioned { github_login, pool } => Self::new(ErrorCode::CallerNotProvisioned)
                .with_details(json!({ "github_login": github_login.as_str(), "pool": pool.as_str() })),
            LoginError::Disabled => Self::new(ErrorCode::CallerDisabled),
            LoginError::Database(error) => error.into(),
            LoginError::Entropy(error) => Self::internal(&error),
        }
    }
}

/// GitHub rejected the token (401, with its rate limits), or its reply was malformed (502).
fn github_auth_failed(error: &GithubError, org: &AccountLogin) -> ApiError {
    let refusal = ApiError::new(ErrorCode::GithubAuthFailed);
    if !error.is_refusal() {
        let why = trouble(error, "this token", org).unwrap_or_else(|| "Try again in a minute.".to_owned());
        return refusal
            .with_status(StatusCode::BAD_GATEWAY)
            .with_message(format!("Could not ask GitHub which account the token belongs to. {why}"))
            .with_cause(error);
    }
    if let Some(cause) = error.forbidden() {
        let message = format!("{} {}", cause.sentence("this token", org.as_str()), own_token(cause, org));
        return refusal.with_message(message);
    }
    let Some(limits) = error.limits() else { return refusal };
    let exhausted = limits.is_exhausted();
    let details = limits.to_details();
    let refusal = if details.is_empty() { refusal } else { refusal.with_details(Value::Object(details)) };
    if exhausted {
        return refusal
            .with_message("GitHub's rate limit for this token is exhausted. Try again after its reset.");
    }
    refusal
}
