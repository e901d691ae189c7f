//! Reads of GitHub.

use octopool_api_types::endpoints::{self, Endpoint};
use octopool_api_types::{ErrorCode as Code, GraphqlRequest, RelayRequest, RelayResponse};
use serde_json::{Value, json};

use crate::operation::{Content, Operation, operation};
use crate::parameters::RELAYED;

/// Why a read that is allowed in may still have no answer.
const NO_ANSWER: &[Code] = &[
    Code::InvalidRequest,
    Code::InvalidPath,
    Code::InvalidQuery,
    Code::PoolPolicyUnavailable,
    Code::GithubUnreachable,
    Code::GithubResponseInvalid,
    Code::GithubRedirectDenied,
    Code::IdentitySecretMissing,
    Code::GithubAppIdMissing,
    Code::GithubAppKeyFormat,
    Code::GithubAppInstallationMissing,
    Code::GithubAppTokenFailed,
];

pub(super) fn operations() -> Vec<Operation> {
    let body = json!({ "id": 1, "full_name": "acme/rocket", "private": false });
    vec![
        operation("request_github", endpoints::REQUEST_GITHUB, "Read GitHub through a pool, in an envelope")
            .takes_at_least::<RelayRequest>(json!({
                "pool": "maintainers", "method": "GET", "path": "/repos/acme/rocket/issues", "query": { "state": "open", "per_page": 10 },
                "headers": { "accept": "application/vnd.github+json" },
            }))
            .answers::<RelayResponse>(
                200,
                json!({
                    "status": 200, "headers": { "content-type": "application/json; charset=utf-8" }, "body": body, "body_encoding": "json",
                    "identity": { "id": "mona", "kind": "pat" },
                    "relay": {
                        "pool": "maintainers", "request_id": "00000000-0000-4000-8000-000000000000", "cacheable": true, "cache": "miss",
                        "stale_ok": false, "route_kind": "repo_view", "cache_expires_at": "2026-11-23T07:40:00Z",
                        "lease_reason": "highest_remaining",
                    },
                }),
            )
            .ignores_key()
            .fails(NO_ANSWER)
            .fails(&[Code::FallbackLocal, Code::MethodDenied]),
        rest("read_github", endpoints::READ_GITHUB),
        rest("read_github_root", endpoints::READ_GITHUB_ROOT),
        rest("read_github_root_with_slash", endpoints::READ_GITHUB_ROOT_WITH_SLASH),
        rest("read_github_emojis", endpoints::READ_GITHUB_EMOJIS),
        rest("read_github_gists", endpoints::READ_GITHUB_GISTS),
        rest("read_github_gitignore", endpoints::READ_GITHUB_GITIGNORE),
        rest("read_github_licenses", endpoints::READ_GITHUB_LICENSES),
        rest("read_github_license", endpoints::READ_GITHUB_LICENSE),
        rest("read_github_meta", endpoints::READ_GITHUB_META),
        rest("read_github_organizations", endpoints::READ_GITHUB_ORGANIZATIONS),
        rest("read_github_orgs", endpoints::READ_GITHUB_ORGS),
        rest("read_github_rate_limit", endpoints::READ_GITHUB_RATE_LIMIT),
        rest("read_github_repos", endpoints::READ_GITHUB_REPOS),
        rest("read_github_repositories", endpoints::READ_GITHUB_REPOSITORIES),
        rest("read_github_search", endpoints::READ_GITHUB_SEARCH),
        rest("read_github_user", endpoints::READ_GITHUB_USER),
        rest("read_github_of_user", endpoints::READ_GITHUB_OF_USER),
        rest("read_github_users", endpoints::READ_GITHUB_USERS),
        graphql("query_github", endpoints::QUERY_GITHUB),
        graphql("query_github_at_root", endpoints::QUERY_GITHUB_AT_ROOT),
    ]
}

/// The header that names the pool.
fn pool() -> Value {
    json!({
        "name": "x-octopool-pool", "in": "header", "description": "The pool; the caller's only grant or the default login pool if absent.",
        "schema": { "$ref": "#/components/schemas/PoolName" },
    })
}

/// GitHub's GraphQL API.
fn graphql(id: &'static str, endpoint: Endpoint) -> Operation {
    relayed(operation(id, endpoint, "Query GitHub's GraphQL API through a pool"))
        .takes_at_least::<GraphqlRequest>(json!({
            "query": "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { description } }",
            "variables": { "owner": "acme", "name": "rocket" },
        }))
        .parameters(vec![pool()])
        .ignores_key()
}

/// GitHub's REST API at one of its paths.
fn rest(id: &'static str, endpoint: Endpoint) -> Operation {
    relayed(operation(id, endpoint, "Read GitHub through a pool, as plain REST"))
        .parameters(vec![
            pool(),
            json!({
                "name": "query", "in": "query", "description": "GitHub's parameters.",
                "schema": { "type": "object", "propertyNames": { "pattern": "^[a-z0-9_.-]+$" }, "additionalProperties": { "type": "string" } },
            }),
        ])
        .answers_with("304", "Not modified.", Vec::new())
        .with_headers(RELAYED)
        .with_headers(&["vary"])
}

/// What GitHub answers, as it answers it, or an error in its form.
fn relayed(operation: Operation) -> Operation {
    operation
        .in_github_form()
        .answers_with("200", "GitHub's answer.", vec![("*/*", Content::Opaque(json!(true)))])
        .with_headers(RELAYED)
        .with_headers(&["vary"])
        .answers_with(
            "default",
            "GitHub's answer of any other status.",
            vec![("*/*", Content::Opaque(json!(true)))],
        )
        .with_headers(RELAYED)
        .with_headers(&["vary"])
        .fails(NO_ANSWER)
        // 424 is retried by clients of GitHub's API, so a refusal has another status here.
        .fails_as(403, Code::FallbackLocal)
        .fails_as(404, Code::FallbackLocal)
        .fails_as(429, Code::FallbackLocal)
        .fails_as(503, Code::FallbackLocal)
}
