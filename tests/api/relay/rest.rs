//! `GET /api/v3/…`: what an existing client of GitHub's API sees.

use axum::body::Body;
use http::Request;
use octopool_testkit::github::{Effect, Fault, Principal, Resource, demo};
use octopool_testkit::{Answer, TestApp};
use serde_json::json;

use crate::support::{asked, pat, provision, register, team};

async fn get(app: &TestApp, authorization: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        Request::get(format!("http://localhost:8787/api/v3{path}")).header("authorization", authorization);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    app.anon().send(request.body(Body::empty()).unwrap()).await
}

async fn read(app: &TestApp, token: &str, path: &str) -> Answer {
    get(app, &format!("token {token}"), path, &[]).await
}

#[tokio::test]
async fn status_headers_and_body_are_githubs_own() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket/contents/README.md";
    // Spaces and the order of keys are no JSON's business; they are the client's.
    let body = json!({"z": 1, "a": [1.0, 1e3, "ü"]});
    app.github.fault(Fault::on(
        "GET",
        path,
        Effect::respond(200, body.clone()).with_header("etag", "W/\"v1\""),
    ));
    for (scheme, cache) in [("token", "miss"), ("Bearer", "hit"), ("bearer", "hit")] {
        let answer = get(&app, &format!("{scheme} {token}"), path, &[]).await;
        assert_eq!((answer.status(), answer.text()), (200, body.to_string()));
        assert_eq!(answer.header("etag"), Some("W/\"v1\""));
        assert_eq!(answer.header("x-octopool-cache"), Some(cache));
        assert_eq!(
            (answer.header("x-octopool-identity"), answer.header("x-octopool-route")),
            (Some("p1"), Some("contents"))
        );
        assert!(answer.header("x-github-request-id").is_some());
        if cache == "hit" {
            assert_eq!(answer.header("x-ratelimit-remaining"), None, "those are of a window long past");
        }
    }
    let missing =
        json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"});
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/issues/9", Effect::respond(404, missing.clone())));
    let answer = read(&app, &token, "/repos/acme/rocket/issues/9").await;
    assert_eq!((answer.status(), answer.text()), (404, missing.to_string()));
}

#[tokio::test]
async fn cache_status_tells_what_the_cache_did() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket/issues/1";
    app.github.fault(Fault::on("GET", path, Effect::respond(200, json!({"state": "open"}))));
    let miss = read(&app, &token, path).await;
    assert_eq!(miss.header("cache-status"), Some("octopool; fwd=miss; fwd-status=200; stored; ttl=300"));
    app.clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(read(&app, &token, path).await.header("cache-status"), Some("octopool; hit; ttl=290"));
    let fresh = [("cache-control", "max-age=0")];
    let again = get(&app, &format!("token {token}"), "/repos/acme/website", &fresh).await;
    assert_eq!(again.header("cache-status"), Some("octopool; fwd=miss; fwd-status=200; stored; ttl=600"));
    let again = get(&app, &format!("token {token}"), "/repos/acme/website", &fresh).await;
    assert_eq!(again.header("cache-status"), Some("octopool; fwd=request; fwd-status=304; stored; ttl=600"));
    app.clock.advance(std::time::Duration::from_mins(10));
    let again = read(&app, &token, "/repos/acme/website").await;
    assert_eq!(again.header("cache-status"), Some("octopool; fwd=stale; fwd-status=304; stored; ttl=600"));
    let bypass = read(&app, &token, "/rate_limit").await;
    assert_eq!((bypass.status(), bypass.header("cache-status")), (200, Some("octopool; fwd=bypass")));
}

#[tokio::test]
async fn conditional_reads_answer_304_from_the_cache() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket";
    let etag = read(&app, &token, path).await.header("etag").unwrap().to_owned();
    let answer = get(&app, &format!("token {token}"), path, &[("if-none-match", &etag)]).await;
    assert_eq!(
        (answer.status(), answer.text().as_str(), answer.header("etag")),
        (304, "", Some(etag.as_str()))
    );
    assert_eq!(asked(&app, path), ["org", "mona"]);
}

#[tokio::test]
async fn pages_lead_to_pages_here() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let base = app.github.base_url().to_owned();
    let link = format!(
        "<{base}/repositories/5002/issues?labels=a%2Cb&page=2>; rel=\"next\", <{base}/repositories/5002/issues?labels=a%2Cb&page=9>; rel=\"last\""
    );
    let page = Effect::respond(200, json!([])).with_header("link", &link);
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/issues", page));
    let answer = read(&app, &token, "/repos/acme/rocket/issues?labels=a,b").await;
    let here = "http://localhost:8787/api/v3/repos/acme/rocket/issues";
    let expected =
        format!("<{here}?labels=a%2Cb&page=2>; rel=\"next\", <{here}?labels=a%2Cb&page=9>; rel=\"last\"");
    assert_eq!(answer.header("link"), Some(expected.as_str()));
}

#[tokio::test]
async fn errors_of_ours_have_githubs_form() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for (path, status, code) in [
        ("/repos/acme/secret-plans", 404, "fallback_local"),
        ("/user/repos", 403, "fallback_local"),
        ("/repos/acme/%2e%2e/x", 400, "invalid_path"),
        ("/repos/acme/rocket?access_token=x", 400, "invalid_query"),
    ] {
        let body = read(&app, &token, path).await.expect(status, code).json();
        assert!(body["message"].is_string() && body["documentation_url"].is_string(), "{path}");
    }
    let fallback = read(&app, &token, "/repos/acme/secret-plans").await.json();
    assert_eq!(fallback["errors"][0]["details"]["reason"], "repo_not_public");
    get(&app, "token op_nonsense", "/user", &[]).await.expect(401, "invalid_auth");
    get(&app, "Basic x", "/user", &[]).await.expect(401, "missing_auth");
    let answer = get(&app, &format!("token {token}"), "/user", &[("x-octopool-pool", "a/b")]).await;
    answer.expect(400, "invalid_request");
}

#[tokio::test]
async fn the_pool_is_the_one_named_or_the_only_one_or_the_default() {
    let app = TestApp::with("DEFAULT_LOGIN_POOL", "main").start().await;
    let token = team(&app).await;
    assert_eq!(read(&app, &token, "/repos/acme/rocket").await.status(), 200, "its only grant");
    for pool in ["main", "side"] {
        provision(&app, "octocat", pool).await;
    }
    let both = provision(&app, "octocat", "main").await;
    app.admin().post("/v1/admin/pools/main/identities", &pat("m1")).await.ok(201);
    app.admin().post("/v1/admin/pools/side/identities", &pat("s1")).await.ok(201);
    for (header, identity) in [(None, "m1"), (Some("side"), "s1"), (Some("main"), "m1")] {
        let headers: Vec<_> = header.map(|pool| ("x-octopool-pool", pool)).into_iter().collect();
        let answer = get(&app, &format!("token {both}"), "/repos/acme/rocket", &headers).await;
        assert_eq!(answer.header("x-octopool-identity"), Some(identity));
    }
    let answer =
        get(&app, &format!("token {both}"), "/repos/acme/rocket", &[("x-octopool-pool", "team")]).await;
    answer.expect(401, "invalid_auth");
}

#[tokio::test]
async fn a_job_log_is_one_hop_away_and_no_other_redirect_is_followed() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let logs = "/repos/acme/rocket/actions/jobs/1/logs";
    let here = app.github.base_url().to_owned();
    let redirect = |location: &str| Effect::Redirect { location: location.to_owned(), status: 302 };
    app.github.fault(Fault::on("GET", logs, redirect(&format!("{here}/_logs/1"))).once());
    let log = Effect::respond(200, json!("done")).with_header("content-type", "text/plain; charset=utf-8");
    app.github.fault(Fault::on("GET", "/_logs/1", log));
    let answer = read(&app, &token, logs).await;
    assert_eq!((answer.status(), answer.text().as_str()), (200, "\"done\""));
    let hop = app.github.requests().into_iter().find(|request| request.path == "/_logs/1").unwrap();
    assert_eq!(
        (hop.authorization, answer.header("x-octopool-cache")),
        (None, Some("bypass")),
        "no credential, nothing kept"
    );
    for elsewhere in [
        "https://evil.example/log",
        "http://x.blob.core.windows.net/log",
        "https://x.blob.core.windows.net.evil.example/log",
        "https://user@x.blob.core.windows.net/log",
        "https://x.blob.core.windows.net:8443/log",
        "https://blob.core.windows.net\\@evil.example/",
        "/relative",
        "",
    ] {
        app.github.fault(Fault::on("GET", logs, redirect(elsewhere)).once());
        read(&app, &token, logs).await.expect(502, "github_redirect_denied");
    }
    app.github.fault(Fault::on("GET", logs, redirect(&format!("{here}/_logs/2"))).once());
    app.github.fault(Fault::on("GET", "/_logs/2", redirect(&format!("{here}/_logs/1"))));
    read(&app, &token, logs).await.expect(502, "github_redirect_denied");
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/issues/1", redirect(&format!("{here}/_logs/1"))));
    read(&app, &token, "/repos/acme/rocket/issues/1").await.expect(502, "github_redirect_denied");
}

#[tokio::test]
async fn other_methods_are_none() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for method in [http::Method::POST, http::Method::PATCH, http::Method::DELETE, http::Method::PUT] {
        let answer = app.bearer(&token).request(method, "/api/v3/repos/acme/rocket").await;
        assert_eq!((answer.status(), answer.header("allow")), (405, Some("GET,HEAD")));
        assert_eq!(answer.json()["errors"][0]["code"], "method_not_allowed", "in GitHub's form");
        assert!(answer.json()["message"].as_str().unwrap().contains("only reads GitHub"));
    }
    for path in ["/api/v3", "/api/v3/", "/user", "/repos/acme/rocket"] {
        let answer = app.bearer(&token).request(http::Method::POST, path).await;
        answer.expect(405, "method_not_allowed");
    }
    for path in ["/meta/x", "/rate_limit/x", "/emojis/"] {
        let answer = app.bearer(&token).get(path).await;
        assert_eq!((answer.status(), &answer.json()["errors"][0]["code"]), (404, &json!("not_found")));
    }
}

#[tokio::test]
async fn the_rate_limit_headers_are_the_pools_on_a_miss_and_absent_on_a_hit() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.secrets.set("OCTOPOOL_PAT_HUBOT", &app.credentials.tokens.hubot);
    register(&app, json!({"id": "p2", "login": "hubot", "secret_ref": "OCTOPOOL_PAT_HUBOT"})).await;
    // A second name for the same credential counts once.
    register(&app, json!({"id": "p3"})).await;
    app.github.edit(|state| {
        let now = state.clock.now();
        let mona = Principal::Account(demo::MONA);
        // The org token is one of the same account, and checks the repository first.
        state.quotas.window(mona, Resource::Core, now).set_remaining(4001);
    });
    let caller = app.bearer(&token);
    let number = |answer: &Answer, name: &str| -> Option<i64> {
        answer.header(&format!("x-ratelimit-{name}")).map(|value| value.parse().unwrap())
    };
    let miss = caller.get("/api/v3/repos/acme/rocket").await;
    assert_eq!(miss.header("x-octopool-cache"), Some("miss"));
    assert_eq!((number(&miss, "limit"), number(&miss, "remaining")), (Some(10_000), Some(8999)));
    assert_eq!((number(&miss, "used"), miss.header("x-ratelimit-resource")), (Some(1001), Some("core")));
    let hit = caller.get("/api/v3/repos/acme/rocket").await;
    assert_eq!(hit.header("x-octopool-cache"), Some("hit"));
    for name in ["limit", "remaining", "used", "reset", "resource"] {
        assert_eq!(hit.header(&format!("x-ratelimit-{name}")), None, "{name}");
    }
}
