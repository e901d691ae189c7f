//! What the audit learns of a request after its answer.

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use octopool_api_types::ErrorCode;
use octopool_api_types::endpoints::Auth;

use crate::app::App;
use crate::audit::{self, Refusal};
use crate::http::error::ApiError;
use crate::http::extract::{RequestId, Sender};
use crate::http::route::Route;
use crate::relay;

/// Records a refusal, and chains what a mutation has written. Both happen after the answer: whoever is refused does not wait
/// for the database, and cannot tell from the time whether it wrote.
pub(crate) async fn audit_afterwards(
    State(route): State<&'static Route>,
    Extension(app): Extension<App>,
    RequestId(request_id): RequestId,
    mut request: Request,
    next: Next,
) -> Response {
    let reads = request.method().is_safe();
    let sender = Sender::default();
    request.extensions_mut().insert(sender.clone());
    let response = next.run(request).await;
    // A write through this isolate counts in it at once.
    if response.status().is_success() && !reads && route.endpoint.auth != Auth::Caller {
        relay::forget_access(&app);
        audit::chain_in_background(&app);
    }
    if let Some(error) = response.extensions().get::<ApiError>()
        && let Some(action) = refused(route.endpoint.auth, error)
    {
        let (actor, pool, code) = (sender.actor(), error.pool().cloned(), error.code().as_str());
        let refusal = Refusal { actor, action, code, pool, route: route.endpoint.path, request_id };
        audit::record_in_background(&app, refusal);
    }
    response
}

/// What the audit calls this error, if it is one that keeps somebody out. A fault of GitHub's or of the database keeps out, too,
/// but says nothing of who came. Any other 403 behind an admin token is about the account that the admin named.
fn refused(auth: Auth, error: &ApiError) -> Option<&'static str> {
    let denied = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&error.status());
    match auth {
        Auth::Admin => {
            use ErrorCode::{AdminUnconfigured, InvalidAdminAuth, MissingAuth, PoolDenied, RootRequired};
            let codes = [AdminUnconfigured, InvalidAdminAuth, MissingAuth, PoolDenied, RootRequired];
            codes.contains(&error.code()).then_some("auth.admin_denied")
        }
        // What the relay does not serve says nothing of who asked.
        Auth::Caller => (denied && error.code() != ErrorCode::FallbackLocal).then_some("auth.caller_denied"),
        // Of the open routes only the login denies.
        Auth::Open => denied.then_some("login.refused"),
    }
}
