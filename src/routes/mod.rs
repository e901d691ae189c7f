//! The table of routes, joined from those of the nouns, and the router made of it.

mod audited;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use octopool_api_types::ErrorCode;

use crate::app::{App, Ports};
use crate::config::ConfigError;
use crate::http::edge;
use crate::http::error::ApiError;
use crate::http::route::Route;
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

/// The application as a service.
pub fn router(app: App) -> Router {
    router_of(app, routes())
}

/// The same for requests of one path. On workerd the application is put together anew for each request, because its ports belong to the request; with
/// all routes in it that would be most of what a hit of the cache costs.
pub fn router_for(app: App, path: &str) -> Router {
    router_of(app, routes().filter(|route| may_match(route.endpoint.path, path)))
}

/// Whether a path has the form of a pattern. The router decides, by the same rules.
fn may_match(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        if expected.starts_with("{*") {
            return true;
        }
        if !segments.next().is_some_and(|segment| expected == segment || expected.starts_with('{')) {
            return false;
        }
    }
    segments.next().is_none()
}

fn router_of(app: App, routes: impl Iterator<Item = &'static Route>) -> Router {
    routes
        .fold(Router::new(), |router, route| {
            let audited = from_fn_with_state((app.clone(), route), audited::audit_afterwards);
            router.route(route.endpoint.path, route.method_router().route_layer(audited))
        })
        .method_not_allowed_fallback(refuse(ErrorCode::MethodNotAllowed))
        .fallback(refuse(ErrorCode::NotFound))
        .layer(from_fn(edge::require_https))
        .layer(from_fn_with_state(Arc::clone(&app.ports), edge::finish))
        .with_state(app)
}

/// What a deployment with wrong settings answers to everything: which settings are wrong.
pub fn misconfigured(error: &ConfigError, ports: Ports) -> Router {
    let error = ApiError::from(error.clone());
    Router::new()
        .fallback(move || async move { error })
        .layer(from_fn(edge::require_https))
        .layer(from_fn_with_state(Arc::new(ports), edge::finish))
}

/// A request in place of one whose URL cannot be read: it meets no route, so the answer is the usual 404. Its origin is
/// this machine, for there is no other to redirect to.
#[cfg(target_arch = "wasm32")]
pub(crate) fn unreadable() -> http::Request<()> {
    let mut request = http::Request::default();
    *request.uri_mut() = http::Uri::from_static("http://localhost/unreadable");
    request
}

fn refuse(code: ErrorCode) -> impl axum::handler::Handler<((),), App> {
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
