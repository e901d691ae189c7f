//! What anybody may ask.

use octopool_api_types::{Discovery, Root, endpoints};
use serde_json::json;

use crate::operation::{Content, Operation, operation};

pub(super) fn operations() -> Vec<Operation> {
    let root =
        json!({ "ok": true, "service": "octopool", "request_id": "00000000-0000-4000-8000-000000000000" });
    vec![
        operation("read_root", endpoints::READ_ROOT, "Check that the server answers; a page for browsers")
            .answers_with(
                "200",
                "The server answers.",
                vec![
                    ("application/json", Content::json::<Root>(root)),
                    ("text/html", Content::Opaque(json!({ "type": "string" }))),
                ],
            )
            .with_headers(&["vary"]),
        operation("read_discovery", endpoints::READ_DISCOVERY, "Discover the server and how to log in").answers::<Discovery>(
            200,
            json!({
                "service": "octopool", "version": 1, "api_base": "https://pool.example", "app_base": "https://pool.example",
                "default_pool": "maintainers", "allowed_org": "acme", "auth": { "cli_github_token": true, "web_login": false },
                "min_cli_version": "0.2.2",
            }),
        ),
        operation("read_openapi", endpoints::READ_OPENAPI, "Read this OpenAPI document").answers_with(
            "200",
            "The OpenAPI 3.1 description of this server.",
            vec![("application/json", Content::Opaque(json!({ "type": "object", "required": ["openapi", "paths"] })))],
        ),
    ]
}
