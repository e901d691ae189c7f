//! What clients ask an address for, to see whether it is one of GitHub's API.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Map;

use crate::http::json::Json;

/// The release of GitHub Enterprise Server that this passes for. Clients take every address but
/// github.com's for such a server, and ask `/meta` what it can do. `gh` asks releases before 3.17
/// for classic projects, which are not relayed, and those from 3.18 on for a search of their own.
const INSTALLED_VERSION: &str = "3.17.0";

/// GitHub's root document (<https://docs.github.com/en/rest/meta/meta#github-api-root>), below a
/// base. It has every field that GitHub's description requires, also those of paths that are not
/// relayed: clients read it to learn whether this is GitHub's API, and fail without them.
const ROOT: [(&str, &str); 31] = [
    ("current_user_url", "/user"),
    ("current_user_authorizations_html_url", "/settings/connections/applications{/client_id}"),
    ("authorizations_url", "/authorizations"),
    ("code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"),
    ("commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"),
    ("emails_url", "/user/emails"),
    ("emojis_url", "/emojis"),
    ("events_url", "/events"),
    ("feeds_url", "/feeds"),
    ("followers_url", "/user/followers"),
    ("following_url", "/user/following{/target}"),
    ("gists_url", "/gists{/gist_id}"),
    ("issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"),
    ("issues_url", "/issues"),
    ("keys_url", "/user/keys"),
    ("label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"),
    ("notifications_url", "/notifications"),
    ("organization_url", "/orgs/{org}"),
    ("organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"),
    ("organization_teams_url", "/orgs/{org}/teams"),
    ("public_gists_url", "/gists/public"),
    ("rate_limit_url", "/rate_limit"),
    ("repository_url", "/repos/{owner}/{repo}"),
    ("repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"),
    ("current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"),
    ("starred_url", "/user/starred{/owner}{/repo}"),
    ("starred_gists_url", "/gists/starred"),
    ("user_url", "/users/{user}"),
    ("user_organizations_url", "/user/orgs"),
    ("user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"),
    ("user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"),
];

/// The root document. `gh auth login` reads from its headers which scopes the token has: none, for
/// it opens nothing but what is public.
pub(crate) fn document(base: &str) -> Response {
    let mut fields = Map::new();
    for (name, path) in ROOT {
        fields.insert(name.to_owned(), format!("{base}{path}").into());
    }
    let scopes = (HeaderName::from_static("x-oauth-scopes"), HeaderValue::from_static(""));
    ([scopes], Json(StatusCode::OK, fields)).into_response()
}

/// GitHub's answer to `/meta` with the version in front. An Enterprise Server says its own, and a
/// key that occurs twice would mean the last.
pub(crate) fn with_version(meta: &[u8]) -> Vec<u8> {
    let Some(rest) = meta.strip_prefix(b"{") else { return meta.to_vec() };
    let comma = if rest.trim_ascii_start().starts_with(b"}") { "" } else { "," };
    [format!("{{\"installed_version\":\"{INSTALLED_VERSION}\"{comma}").as_bytes(), rest].concat()
}

#[cfg(test)]
mod tests {
    use super::with_version;

    #[test]
    fn a_version_is_put_in_front() {
        for (meta, expected) in [
            (r#"{"a":1}"#, r#"{"installed_version":"3.17.0","a":1}"#),
            ("{ }", r#"{"installed_version":"3.17.0" }"#),
            ("[]", "[]"),
        ] {
            assert_eq!(with_version(meta.as_bytes()), expected.as_bytes());
        }
        let own = with_version(br#"{"installed_version":"3.20.1"}"#);
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&own).unwrap()["installed_version"], "3.20.1");
    }
}
