//! The table of routes.

mod audited;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, patch, post};
use http::{Method, Request};
use octopool_api_types::{ErrorCode, paths};
use tower::ServiceExt as _;

use crate::app::{App, Ports};
use crate::config::ConfigError;
use crate::http::edge;
use crate::http::error::ApiError;
use crate::meta::{discovery, openapi, root};
use crate::{admin_tokens, audit, callers, doctor, health, identities, login, pools, relay, state, stats};

/// What a route asks of whoever calls it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Auth {
    /// Nothing.
    Open,
    /// The admin token.
    Admin,
    /// A caller token with a grant for the pool: the one in the path, or that the request names.
    Caller,
}

/// One route.
pub struct Route {
    /// The method; HEAD works where GET does.
    pub method: Method,
    /// The path, with `{…}` for what varies.
    pub path: &'static str,
    /// What it asks for. The handler's extractor does the asking; a test holds the two together.
    pub auth: Auth,
    handler: fn() -> MethodRouter,
}

/// Every route there is.
pub const ROUTES: &[Route] = &[
    Route { method: Method::GET, path: paths::ROOT, auth: Auth::Open, handler: || get(root::read_root) },
    Route {
        method: Method::GET,
        path: paths::DISCOVERY,
        auth: Auth::Open,
        handler: || get(discovery::read_discovery),
    },
    Route {
        method: Method::GET,
        path: paths::OPENAPI,
        auth: Auth::Open,
        handler: || get(openapi::read_openapi),
    },
    Route {
        method: Method::POST,
        path: paths::ADMIN_CALLERS,
        auth: Auth::Admin,
        handler: || post(callers::http::provision_caller),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_CALLERS,
        auth: Auth::Admin,
        handler: || get(callers::http::list_callers),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_CALLER,
        auth: Auth::Admin,
        handler: || get(callers::http::read_caller),
    },
    Route {
        method: Method::PATCH,
        path: paths::ADMIN_CALLER,
        auth: Auth::Admin,
        handler: || patch(callers::http::update_caller),
    },
    Route {
        method: Method::DELETE,
        path: paths::ADMIN_CALLER_POOL,
        auth: Auth::Admin,
        handler: || delete(callers::http::revoke_pool),
    },
    Route {
        method: Method::DELETE,
        path: paths::ADMIN_CALLER_CLIENT,
        auth: Auth::Admin,
        handler: || delete(callers::http::revoke_client),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_POOLS,
        auth: Auth::Admin,
        handler: || get(pools::http::list_pools),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_POOL,
        auth: Auth::Admin,
        handler: || get(pools::http::read_pool),
    },
    Route {
        method: Method::PATCH,
        path: paths::ADMIN_POOL,
        auth: Auth::Admin,
        handler: || patch(pools::http::update_pool),
    },
    Route {
        method: Method::DELETE,
        path: paths::ADMIN_POOL,
        auth: Auth::Admin,
        handler: || delete(pools::http::delete_pool),
    },
    Route {
        method: Method::POST,
        path: paths::ADMIN_IDENTITIES,
        auth: Auth::Admin,
        handler: || post(identities::http::register_identity),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_IDENTITIES,
        auth: Auth::Admin,
        handler: || get(identities::http::list_identities),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_IDENTITY,
        auth: Auth::Admin,
        handler: || get(identities::http::read_identity),
    },
    Route {
        method: Method::PATCH,
        path: paths::ADMIN_IDENTITY,
        auth: Auth::Admin,
        handler: || patch(identities::http::update_identity),
    },
    Route {
        method: Method::DELETE,
        path: paths::ADMIN_IDENTITY,
        auth: Auth::Admin,
        handler: || delete(identities::http::delete_identity),
    },
    Route {
        method: Method::POST,
        path: paths::ADMIN_IDENTITY_VERIFY,
        auth: Auth::Admin,
        handler: || post(identities::http::verify_identity),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_AUDIT,
        auth: Auth::Admin,
        handler: || get(audit::http::list_audit),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_AUDIT_EXPORT,
        auth: Auth::Admin,
        handler: || get(audit::http::export_audit),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_AUDIT_VERIFY,
        auth: Auth::Admin,
        handler: || get(audit::http::verify_audit),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_STATE,
        auth: Auth::Admin,
        handler: || get(state::http::read_state),
    },
    Route {
        method: Method::POST,
        path: paths::ADMIN_PLAN,
        auth: Auth::Admin,
        handler: || post(state::http::plan_state),
    },
    Route {
        method: Method::POST,
        path: paths::ADMIN_APPLY,
        auth: Auth::Admin,
        handler: || post(state::http::apply_state),
    },
    Route {
        method: Method::POST,
        path: paths::ADMIN_AUDIT_CUT,
        auth: Auth::Admin,
        handler: || post(audit::http::cut::cut_audit),
    },
    Route {
        method: Method::POST,
        path: paths::ADMIN_TOKENS,
        auth: Auth::Admin,
        handler: || post(admin_tokens::http::create_admin_token),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_TOKENS,
        auth: Auth::Admin,
        handler: || get(admin_tokens::http::list_admin_tokens),
    },
    Route {
        method: Method::DELETE,
        path: paths::ADMIN_TOKEN,
        auth: Auth::Admin,
        handler: || delete(admin_tokens::http::revoke_admin_token),
    },
    Route {
        method: Method::GET,
        path: paths::ADMIN_DOCTOR,
        auth: Auth::Admin,
        handler: || get(doctor::http::examine_deployment),
    },
    Route {
        method: Method::POST,
        path: paths::LOGIN_GITHUB_CLI,
        auth: Auth::Open,
        handler: || post(login::http::login_with_github_token),
    },
    Route {
        method: Method::POST,
        path: paths::GITHUB_REQUEST,
        auth: Auth::Caller,
        handler: || post(relay::http::request_github),
    },
    rest(paths::GITHUB_REST),
    rest(paths::GITHUB_REST_ROOTS[0]),
    rest(paths::GITHUB_REST_ROOTS[1]),
    rest(paths::GITHUB_REST_ROOTS[2]),
    rest(paths::GITHUB_REST_ROOTS[3]),
    rest(paths::GITHUB_REST_ROOTS[4]),
    rest(paths::GITHUB_REST_ROOTS[5]),
    rest(paths::GITHUB_REST_ROOTS[6]),
    rest(paths::GITHUB_REST_ROOTS[7]),
    rest(paths::GITHUB_REST_ROOTS[8]),
    rest(paths::GITHUB_REST_ROOTS[9]),
    rest(paths::GITHUB_REST_ROOTS[10]),
    rest(paths::GITHUB_REST_ROOTS[11]),
    rest(paths::GITHUB_REST_ROOTS[12]),
    rest(paths::GITHUB_REST_ROOTS[13]),
    rest(paths::GITHUB_REST_ROOTS[14]),
    rest(paths::GITHUB_REST_ROOTS[15]),
    rest(paths::GITHUB_REST_ROOTS[16]),
    Route {
        method: Method::GET,
        path: paths::POOL_STATS,
        auth: Auth::Caller,
        handler: || get(stats::http::read_pool_stats),
    },
    Route {
        method: Method::GET,
        path: paths::POOL_HEALTH,
        auth: Auth::Caller,
        handler: || get(health::http::read_pool_health),
    },
    Route {
        method: Method::GET,
        path: paths::POOL_STRING_REWRITES,
        auth: Auth::Caller,
        handler: || get(pools::string_rewrites::read_string_rewrites),
    },
];

/// GitHub's REST API through a pool, at one of its paths.
const fn rest(path: &'static str) -> Route {
    Route { method: Method::GET, path, auth: Auth::Caller, handler: || get(relay::http::read_github) }
}

/// Answers one request. The router is put together once in an isolate; the application comes with each request.
pub async fn answer(app: App, mut request: Request<Body>) -> Response {
    static ROUTER: LazyLock<Router> = LazyLock::new(router);
    request.extensions_mut().insert(Arc::clone(&app.ports));
    request.extensions_mut().insert(app);
    served(ROUTER.clone(), request).await
}

/// What a deployment with wrong settings answers to everything: which settings are wrong.
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
    let routes = ROUTES.iter().fold(Router::new(), |router, route| {
        let audited = from_fn_with_state(route, audited::audit_afterwards);
        router.route(route.path, (route.handler)().route_layer(audited))
    });
    let routes = routes.method_not_allowed_fallback(refuse(ErrorCode::MethodNotAllowed));
    with_edge(routes.fallback(refuse(ErrorCode::NotFound)))
}

/// What every request goes through.
fn with_edge(router: Router) -> Router {
    router.layer(from_fn(edge::require_https)).layer(from_fn(edge::finish))
}

/// A request in place of one whose URL cannot be read: it meets no route, so the answer is the usual 404. Its origin is
/// this machine, for there is no other to redirect to.
#[cfg(target_arch = "wasm32")]
pub(crate) fn unreadable() -> http::Request<()> {
    let mut request = http::Request::default();
    *request.uri_mut() = http::Uri::from_static("http://localhost/unreadable");
    request
}

fn refuse(code: ErrorCode) -> impl axum::handler::Handler<((),), ()> {
    move || async move { ApiError::new(code) }
}
