//! Public documents of a deployment: its root, discovery document and API description.

mod discovery;
mod openapi;
mod root;

use crate::http::route::{Route, route};

/// The routes of these documents.
pub(crate) const ROUTES: &[Route] = &[
    route!(READ_ROOT, root::read_root),
    route!(READ_DISCOVERY, discovery::read_discovery),
    route!(READ_OPENAPI, openapi::read_openapi),
];
