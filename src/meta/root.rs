//! `GET /`: shows that the Worker runs.

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use octopool_api_types::Root;

use crate::app::App;
use crate::http::extract::RequestId;
use crate::http::json::Json;

/// JSON for programs, a page for a person who opens the address in a browser.
pub(crate) async fn read_root(
    Extension(app): Extension<App>,
    RequestId(request_id): RequestId,
    headers: HeaderMap,
) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut response = if prefers_html(accept) {
        page(app.config.allowed_org.as_str())
    } else {
        Json(StatusCode::OK, Root { ok: true, service: "octopool".to_owned(), request_id }).into_response()
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}

/// Whether the client names `text/html` and prefers it to JSON. A wildcard does not count: `curl`
/// and most libraries send one and want JSON.
fn prefers_html(accept: &str) -> bool {
    let quality = |wanted: &str| {
        accept
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let named = parts.next()?.eq_ignore_ascii_case(wanted);
                let quality = parts.find_map(|parameter| parameter.strip_prefix("q="));
                named.then(|| quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0)))
            })
            .fold(0.0_f32, f32::max)
    };
    let html = quality("text/html");
    html > 0.0 && html > quality("application/json")
}

/// The page. The org's login is letters, digits and hyphens, so it needs no escaping.
fn page(org: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>octopool</title>\n\
         <style>body{{font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem}}</style>\n\
         <h1>octopool</h1>\n\
         <p>This is a pool of GitHub identities for members of <b>{org}</b>. It has no pages; use it from a terminal:</p>\n\
         <pre>octopool login &lt;this address&gt;</pre>\n\
         <p>Programs start at <a href=\"/.well-known/octopool\">/.well-known/octopool</a>.</p>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, html).into_response()
}

#[cfg(test)]
mod tests {
    use super::prefers_html;

    #[test]
    fn a_browser_gets_a_page_and_everybody_else_json() {
        for (accept, html) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("text/html", true),
            ("application/json, text/html;q=0.5", false),
            ("text/html;q=0", false),
            ("text/html;q=x", false),
            ("*/*", false),
            ("application/json", false),
            ("", false),
        ] {
            assert_eq!(prefers_html(accept), html, "{accept}");
        }
    }
}
