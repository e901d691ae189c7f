//! `GET /v1/pools/{pool}/string-rewrites`: newer clients require it.

use http::StatusCode;
use octopool_api_types::StringRewrites;

use crate::access::http::PoolOpener;
use crate::http::error::ApiError;
use crate::http::json::Json;

/// When the rules last changed. They never did, so it is the day on which this contract was
/// written.
const UPDATED_AT: &str = "2026-11-01T00:00:00Z";

/// Returns an empty list of rules; octopool has none.
pub(crate) async fn read_string_rewrites(_: PoolOpener) -> Result<Json<StringRewrites>, ApiError> {
    let rewrites = StringRewrites {
        schema_version: 1,
        revision: 1,
        updated_at: UPDATED_AT.to_owned(),
        rules: Vec::new(),
    };
    Ok(Json(StatusCode::OK, rewrites))
}
