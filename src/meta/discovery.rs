//! `GET /.well-known/octopool`: the discovery document.

use axum::Extension;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use octopool_api_types::{AuthMethods, Discovery};

use crate::app::App;
use crate::http::json::Json;
use crate::http::origin::Origin;

/// The oldest supported client version.
const MIN_CLI_VERSION: &str = "0.2.2";

/// Returns the document, which depends only on settings; it may be cached for five minutes.
pub(crate) async fn read_discovery(Extension(app): Extension<App>, request: Request) -> Response {
    let base = Origin::of(&request).to_string();
    let discovery = Discovery {
        service: "octopool".to_owned(),
        version: 1,
        api_base: base.clone(),
        app_base: base,
        default_pool: app.config.default_login_pool.to_string(),
        allowed_org: app.config.allowed_org.to_string(),
        auth: AuthMethods { cli_github_token: true, web_login: false },
        min_cli_version: MIN_CLI_VERSION.to_owned(),
    };
    let mut response = Json(StatusCode::OK, discovery).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
