//! What a deployment says of itself: its root, its discovery document and its API description.

mod discovery;
mod openapi;
mod root;

use crate::http::route::{Route, route};

/// The routes that say what the deployment is.
pub(crate) const ROUTES: &[Route] = &[
    route!(READ_ROOT, root::read_root),
    route!(READ_DISCOVERY, discovery::read_discovery),
    route!(READ_OPENAPI, openapi::read_openapi),
];
