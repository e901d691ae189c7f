//! The table of routes, joined from those of the nouns, and the router.

mod audited;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use http::{Request, Uri};
use octopool_api_types::ErrorCode;
use octopool_api_types::paths::is_rest;
use tower::ServiceExt as _;

use crate::app::App;
use crate::config::ConfigError;
use crate::http::edge;
use crate::http::error::ApiError;
use crate::http::route::Route;
use crate::ports::Ports;
use crate::{
    admin_tokens, audit, callers, doctor, health, identities, login, meta, pools, relay, state, stats,
};

/// The routes of each noun.
const ROUTES: &[&[Route]] = &[
    meta::ROUTES,
    callers::http::ROUTES,
    pools::http::ROUTES,
    identities::http::ROUTES,
    audit::http::ROUTES,
    state::http::ROUTES,
    admin_tokens::http::ROUTES,
    doctor::http::ROUTES,
    login::http::ROUTES,
    relay::http::ROUTES,
    stats::http::ROUTES,
    health::http::ROUTES,
];

/// Every route.
fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().copied().flatten()
}

/// Handles one request. The router is built once in an isolate; the application is an extension of
/// each request.
pub async fn answer(app: App, mut request: Request<Body>) -> Response {
    static ROUTER: LazyLock<Router> = LazyLock::new(router);
    request.extensions_mut().insert(Arc::clone(&app.ports));
    request.extensions_mut().insert(app);
    served(ROUTER.clone(), request).await
}

/// The response of a deployment with invalid settings to every request; it names the settings.
pub async fn misconfigured(error: &ConfigError, ports: Arc<Ports>, mut request: Request<Body>) -> Response {
    let error = ApiError::from(error.clone());
    request.extensions_mut().insert(ports);
    served(with_edge(Router::new().fallback(move || async move { error })), request).await
}

async fn served(router: Router, request: Request<Body>) -> Response {
    let Ok(response) = router.oneshot(request).await;
    response
}

fn router() -> Router {
    let routes = routes().fold(Router::new(), |router, route| {
        let audited = from_fn_with_state(route, audited::audit_afterwards);
        router.route(route.endpoint.path, route.method_router().route_layer(audited))
    });
    let routes = routes.method_not_allowed_fallback(refuse_method);
    with_edge(routes.fallback(refuse(ErrorCode::NotFound)))
}

/// The layers that every request passes.
fn with_edge(router: Router) -> Router {
    router.layer(from_fn(edge::require_https)).layer(from_fn(edge::finish))
}

/// A request in place of one whose URL cannot be parsed: it matches no route, so the response is
/// the usual 404. Its origin is localhost, so that it is not redirected.
#[cfg(target_arch = "wasm32")]
pub(crate) fn unreadable() -> http::Request<()> {
    let mut request = http::Request::default();
    *request.uri_mut() = http::Uri::from_static("http://localhost/unreadable");
    request
}

/// Clients of GitHub's API also send what changes something.
async fn refuse_method(uri: Uri) -> ApiError {
    let error = ApiError::new(ErrorCode::MethodNotAllowed);
    if is_rest(uri.path()) {
        return error.with_message(
            "octopool only reads GitHub, so this path supports GET and HEAD. Send what changes \
             something to GitHub itself, with a token of your own.",
        );
    }
    error
}

fn refuse(code: ErrorCode) -> impl axum::handler::Handler<((),), ()> {
    move || async move { ApiError::new(code) }
}

#[cfg(test)]
mod tests {
    use octopool_api_types::endpoints::{ENDPOINTS, Endpoint};

    #[test]
    fn every_endpoint_has_one_route_and_every_route_is_an_endpoint() {
        let sorted = |endpoints: &mut dyn Iterator<Item = &'static Endpoint>| {
            let mut all: Vec<_> =
                endpoints.map(|endpoint| (endpoint.path, endpoint.method.as_str())).collect();
            all.sort_unstable();
            all
        };
        let routes = sorted(&mut super::routes().map(|route| &route.endpoint));
        assert_eq!(routes, sorted(&mut ENDPOINTS.iter()));
    }
}
