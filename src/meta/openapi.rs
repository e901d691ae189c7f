//! `GET /openapi.json`: the description of this API.

use http::{HeaderName, HeaderValue, header};

/// `crates/openapi` composes it, and `UPDATE_DOCS=1 cargo test -p octopool-worker openapi` writes
/// it. It is embedded uncompressed, because the upload is compressed anyway.
const DOCUMENT: &[u8] = include_bytes!("openapi.json");

/// Returns the document. It changes only with a deployment, so it may be cached for five minutes.
pub(crate) async fn read_openapi() -> ([(HeaderName, HeaderValue); 2], &'static [u8]) {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, DOCUMENT)
}
