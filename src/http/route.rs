//! A row of the table of routes. Each noun's `http.rs` lists its own rows; `crate::routes` joins
//! them.

use axum::routing::{MethodFilter, MethodRouter};
use http::Method;
use octopool_api_types::endpoints::Endpoint;

/// An endpoint and its handler. The handler's extractor authenticates as the endpoint declares;
/// `tests/api/auth_matrix.rs` checks that they agree.
pub(crate) struct Route {
    pub(crate) endpoint: Endpoint,
    filter: MethodFilter,
    handler: fn(MethodFilter) -> MethodRouter,
}

impl Route {
    /// For the tables of routes: an unsupported method does not compile there.
    pub(crate) const fn new(endpoint: Endpoint, handler: fn(MethodFilter) -> MethodRouter) -> Self {
        let filter = filter(&endpoint.method);
        Self { endpoint, filter, handler }
    }

    /// The handler for the endpoint's method.
    pub(crate) fn method_router(&self) -> MethodRouter {
        (self.handler)(self.filter)
    }
}

#[expect(clippy::panic, reason = "runs at compile time, in the tables of routes")]
const fn filter(method: &Method) -> MethodFilter {
    match *method {
        Method::GET => MethodFilter::GET,
        Method::POST => MethodFilter::POST,
        Method::PATCH => MethodFilter::PATCH,
        Method::DELETE => MethodFilter::DELETE,
        _ => panic!("no endpoint has this method yet"),
    }
}

/// `route!(LIST_POOLS, list_pools)`: the row of `endpoints::LIST_POOLS`. A macro, because each
/// handler has a type of its own that a function pointer has to close over.
macro_rules! route {
    ($endpoint:ident, $handler:path) => {
        $crate::http::route::Route::new(octopool_api_types::endpoints::$endpoint, |filter| {
            axum::routing::on(filter, $handler)
        })
    };
}
pub(crate) use route;
