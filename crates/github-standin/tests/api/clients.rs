//! What every client has to get right, whatever it asks for.

use reqwest::Method;

use crate::support::{demo, send};

#[tokio::test]
async fn bearer_and_token_are_both_understood() {
    let demo = demo().await;
    for scheme in ["Bearer", "token", "bearer", "Token"] {
        let authorization = format!("{scheme} {}", demo.credentials.tokens.mona);
        let answer = demo.anon().with_authorization(&authorization).get("/user").await;
        assert_eq!(answer.body["login"], "mona", "{scheme}");
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_even_for_public_data() {
    let demo = demo().await;
    for authorization in ["Bearer ghp_nobody", "token x", "Basic bW9uYTp4", "Bearer", "Bearer a.b.c"] {
        let answer = demo.anon().with_authorization(authorization).get("/users/mona").await;
        assert_eq!(answer.refusal(), (401, "Bad credentials"), "{authorization}");
        assert_eq!(answer.body["status"], "401");
        assert!(
            answer.body["documentation_url"].as_str().unwrap().starts_with("https://docs.github.com/rest/")
        );
    }
}

#[tokio::test]
async fn a_revoked_token_is_a_bad_one() {
    let demo = demo().await;
    demo.github.edit(|state| state.tokens.revoke("mona")).unwrap();
    assert_eq!(demo.mona().get("/user").await.refusal(), (401, "Bad credentials"));
    assert_eq!(demo.org().get("/user").await.status, 200);
}

#[tokio::test]
async fn a_request_without_user_agent_is_refused() {
    let demo = demo().await;
    let url = format!("{}/users/mona", demo.github.base_url());
    let bare = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = send(bare.get(url)).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("make sure your request has a User-Agent header"));
}

#[tokio::test]
async fn an_unknown_route_is_loud() {
    let demo = demo().await;
    let answer = demo.mona().get("/repos/acme/rocket/hooks").await;
    assert_eq!(answer.refusal(), (501, "github-standin has no route GET /repos/acme/rocket/hooks"));
    let answer = send(demo.mona().request(Method::DELETE, "/user")).await;
    assert_eq!(answer.refusal(), (501, "github-standin has no route DELETE /user"));
}

#[tokio::test]
async fn a_stray_slash_is_another_path() {
    let demo = demo().await;
    let paths =
        ["/user/", "/repos/acme/rocket/", "/repos/acme/rocket/issues/", "/repos//acme/rocket", "//user"];
    for path in paths {
        let answer = demo.mona().get(path).await;
        assert_eq!(answer.refusal(), (404, "Not Found"), "{path}");
        assert_eq!(answer.body["documentation_url"], "https://docs.github.com/rest");
        assert_ne!(answer.header("x-ratelimit-remaining"), "");
    }
}

#[tokio::test]
async fn slashes_belong_to_what_github_says_may_hold_them() {
    let demo = demo().await;
    let get = async |rest: &str| demo.mona().get(&format!("/repos/acme/rocket/{rest}")).await;
    let root = get("contents").await.body;
    for same in ["contents/", "contents//"] {
        assert_eq!(get(same).await.body, root, "{same}");
    }
    let docs = get("contents/docs").await.body;
    for same in ["contents/docs/", "contents//docs", "contents//docs//"] {
        assert_eq!(get(same).await.body, docs, "{same}");
    }
    assert_eq!(get("contents/docs//README.md").await.body["path"], "docs/README.md");
    assert_eq!(get("readme/").await.body["path"], "README.md", "octocrab's form");
    for label in ["labels/area/engine%20room", "labels/area%2Fengine%20room"] {
        assert_eq!(get(label).await.body["name"], "area/engine room", "{label}");
    }
    for branch in ["branches/feature/7", "branches/feature%2F7"] {
        assert_eq!(get(branch).await.body["name"], "feature/7", "{branch}");
    }
    let sha = get("commits/feature/7").await.body["sha"].clone();
    assert_eq!(get("commits/feature%2F7").await.body["sha"], sha);
    assert_eq!(get("commits/feature/7/status").await.body["sha"], sha);
    assert_eq!(get("commits/feature/7/pulls").await.body[0]["number"], 7);
    assert_eq!(get("git/ref/heads/feature/7").await.body["object"]["sha"], sha);
    let all = get("git/matching-refs/").await.body;
    assert_eq!(all.as_array().map(Vec::len), Some(17), "thirteen branches and four tags");
    assert_eq!(get("git/matching-refs/heads/feature/").await.body.as_array().map(Vec::len), Some(12));
    let reference = get("git/ref/heads/feature/7").await.body;
    let url = reference["url"].as_str().unwrap().strip_prefix(demo.github.base_url()).unwrap();
    assert_eq!(demo.mona().get(url).await.body, reference);
}

#[tokio::test]
async fn the_root_says_where_everything_is() {
    let demo = demo().await;
    let root = demo.anon().get("/").await.body;
    assert_eq!(root["user_url"], format!("{}/users/{{user}}", demo.github.base_url()));
    let enterprise = demo.anon().get("/api/v3/").await.body;
    assert_eq!(enterprise["user_url"], format!("{}/api/v3/users/{{user}}", demo.github.base_url()));
    assert!(demo.anon().get("/meta").await.body["installed_version"].is_null());
    assert_eq!(demo.anon().get("/api/v3/meta").await.body["installed_version"], "3.20.0");
}

#[tokio::test]
async fn no_address_of_an_answer_leads_to_githubs_own_api() {
    let demo = demo().await;
    for path in
        ["/repos/acme/rocket", "/repos/acme/rocket/license", "/licenses/mit", "/repos/acme/rocket/releases"]
    {
        let answer = demo.mona().get(path).await;
        assert!(!answer.text.contains("//api.github.com"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_the_usual_headers() {
    let demo = demo().await;
    let answer = demo.mona().get("/user").await;
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(answer.header("x-github-media-type"), "github.v3; format=json");
    assert_eq!(answer.header("x-github-api-version-selected"), "2022-11-28");
    assert_eq!(answer.header("x-oauth-scopes"), "gist, read:org, repo");
    assert!(answer.headers.contains_key("x-accepted-oauth-scopes"));
    assert_eq!(answer.header("cache-control"), "private, max-age=60, s-maxage=60");
    let another = demo.mona().get("/user").await;
    assert_ne!(answer.header("x-github-request-id"), "");
    assert_ne!(answer.header("x-github-request-id"), another.header("x-github-request-id"));
}

#[tokio::test]
async fn an_api_version_is_chosen_by_header() {
    let demo = demo().await;
    let request = || demo.mona().request(Method::GET, "/user");
    let newer = send(request().header("x-github-api-version", "2026-03-10")).await;
    assert_eq!((newer.status, newer.header("x-github-api-version-selected")), (200, "2026-03-10"));
    let unknown = send(request().header("x-github-api-version", "2019-01-01")).await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let demo = demo().await;
    let answer = send(demo.mona().request(Method::HEAD, "/user")).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_ne!(answer.header("etag"), "");
}
