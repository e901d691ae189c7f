//! What is recorded of a request after its response.

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode};
use octopool_api_types::ErrorCode;
use octopool_api_types::endpoints::Auth;
use octopool_core::AuditAction;

use crate::app::App;
use crate::audit::{self, Refusal};
use crate::http::error::ApiError;
use crate::http::extract::{Authenticated, RequestId};
use crate::http::route::Route;

/// Records a refused request, and chains the events that a change wrote. Both happen after the
/// response: a refused request does not wait for the database, and cannot tell by the time whether
/// it was recorded.
pub(crate) async fn audit_afterwards(
    State(route): State<&'static Route>,
    Extension(app): Extension<App>,
    RequestId(request_id): RequestId,
    mut request: Request,
    next: Next,
) -> Response {
    let reads = request.method().is_safe();
    // Callers read by POST; what they delete is a change.
    let changes = !reads && (route.endpoint.auth != Auth::Caller || request.method() == Method::DELETE);
    let authenticated = Authenticated::default();
    request.extensions_mut().insert(authenticated.clone());
    let response = next.run(request).await;
    // What this isolate has cached may be outdated by a write that went through it.
    if response.status().is_success() && changes {
        app.isolate.forget_access();
        audit::chain_in_background(&app);
    }
    if let Some(error) = response.extensions().get::<ApiError>()
        && let Some(action) = refused(route.endpoint.auth, error)
    {
        let (actor, pool, code) = (authenticated.actor(), error.pool().cloned(), error.code().as_str());
        let refusal = Refusal { actor, action, code, pool, route: route.endpoint.path, request_id };
        audit::record_in_background(&app, refusal);
    }
    response
}

/// The action for the audit log, if this error refuses access. A failure of GitHub or of the
/// database also refuses access, but says nothing about the sender. Other 403s behind an admin
/// token are about the account that the admin named.
fn refused(auth: Auth, error: &ApiError) -> Option<AuditAction> {
    let denied = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&error.status());
    match auth {
        Auth::Admin => {
            use ErrorCode::{AdminUnconfigured, InvalidAdminAuth, MissingAuth, PoolDenied, RootRequired};
            let codes = [AdminUnconfigured, InvalidAdminAuth, MissingAuth, PoolDenied, RootRequired];
            codes.contains(&error.code()).then_some(AuditAction::AdminDenied)
        }
        // What the relay does not serve says nothing about the sender.
        Auth::Caller => {
            (denied && error.code() != ErrorCode::FallbackLocal).then_some(AuditAction::CallerDenied)
        }
        // Of the routes without a credential only the login refuses access.
        Auth::Open => denied.then_some(AuditAction::LoginRefused),
    }
}
