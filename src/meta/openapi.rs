//! `GET /openapi.json`: the description of this API.

use http::{HeaderName, HeaderValue, header};

/// `crates/openapi` composes it, and `UPDATE_DOCS=1 cargo test -p octopool-worker openapi` writes it.
/// It is embedded as it is: the upload is compressed anyway.
const DOCUMENT: &[u8] = include_bytes!("openapi.json");

/// Answers the document. It changes with a deployment only; five minutes in a cache are no harm.
pub(crate) async fn read_openapi() -> ([(HeaderName, HeaderValue); 2], &'static [u8]) {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, DOCUMENT)
}
