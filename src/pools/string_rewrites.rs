//! `GET /v1/pools/{pool}/string-rewrites`: newer clients refuse to work without it.

use http::StatusCode;
use octopool_api_types::StringRewrites;

use crate::access::http::PoolOpener;
use crate::http::error::ApiError;
use crate::http::json::Json;

/// When the rules changed last: never, so the day on which this contract was written.
const UPDATED_AT: &str = "2026-11-01T00:00:00Z";

/// Answers that there are no rules, which is all that octopool ever says here.
pub(crate) async fn read_string_rewrites(_: PoolOpener) -> Result<Json<StringRewrites>, ApiError> {
    let rewrites = StringRewrites {
        schema_version: 1,
        revision: 1,
        updated_at: UPDATED_AT.to_owned(),
        rules: Vec::new(),
    };
    Ok(Json(StatusCode::OK, rewrites))
}
