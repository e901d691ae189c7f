//! `POST /v1/github/request`: the envelope, and what is refused before anybody is asked.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{asked, provision, read, read_with, reason, team};

const ROCKET: &str = "/repos/acme/rocket";

#[tokio::test]
async fn an_answer_comes_in_an_envelope() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let answer = read(&app, &token, ROCKET).await;
    let (id, body) = (answer.header("x-request-id").unwrap().to_owned(), answer.ok(200));
    assert_eq!((&body["status"], &body["body_encoding"]), (&json!(200), &json!("json")));
    assert_eq!(body["body"]["full_name"], "acme/rocket");
    assert_eq!(body["identity"], json!({"id": "p1", "kind": "pat"}));
    assert!(body["headers"]["etag"].is_string() && body["headers"]["x-ratelimit-remaining"].is_string());
    let relay = &body["relay"];
    let expires_at = relay["cache_expires_at"].as_str().unwrap();
    assert_eq!(
        *relay,
        json!({"pool": "team", "request_id": id, "cacheable": true, "cache": "miss", "stale_ok": false, "route_kind": "repo_view",
               "cache_expires_at": expires_at, "lease_reason": "highest_remaining"})
    );
}

#[tokio::test]
async fn headers_are_handed_on_by_a_list() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let answer = Effect::respond(200, json!({"private": false}))
        .with_header("set-cookie", "canary=1")
        .with_header("server", "canary")
        .with_header("x-accepted-oauth-scopes", "repo")
        .with_header("last-modified", "Mon, 21 Sep 2026 14:14:30 GMT");
    app.github.fault(Fault::on("GET", ROCKET, answer));
    let body = read(&app, &token, ROCKET).await.ok(200);
    let allowed = ["content-type", "etag", "last-modified", "link", "retry-after", "x-github-request-id"];
    let headers = body["headers"].as_object().unwrap();
    for name in headers.keys() {
        assert!(allowed.contains(&name.as_str()) || name.starts_with("x-ratelimit-"), "{name}");
    }
    assert_eq!(headers["last-modified"], "Mon, 21 Sep 2026 14:14:30 GMT");
}

#[tokio::test]
async fn what_github_says_no_to_is_an_answer() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for status in [404, 410, 422, 451, 500, 503] {
        let said = json!({"message": "as GitHub said", "status": status.to_string()});
        app.github.fault(
            Fault::on("GET", "/repos/acme/rocket/issues/1", Effect::respond(status, said.clone())).once(),
        );
        let body = read(&app, &token, "/repos/acme/rocket/issues/1").await.ok(200);
        assert_eq!((&body["status"], &body["body"]["message"]), (&json!(status), &said["message"]));
        assert_eq!((&body["relay"]["cache"], &body["relay"]["cacheable"]), (&json!("bypass"), &json!(false)));
    }
    assert_eq!(app.database.value("SELECT count(*) FROM cached_answers"), 0, "no refusal is kept");
}

#[tokio::test]
async fn an_answer_without_a_body_is_null_and_text() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    // Whether somebody can be an assignee is said by a status alone.
    let path = "/repos/acme/rocket/assignees/octocat";
    app.github.fault(Fault::on("GET", path, Effect::status(204)));
    let body = read(&app, &token, path).await.ok(200);
    assert_eq!(
        (&body["status"], &body["body"], &body["body_encoding"]),
        (&json!(204), &Value::Null, &json!("text"))
    );
    let etag = read(&app, &token, ROCKET).await.ok(200)["headers"]["etag"].clone();
    let body = read_with(&app, &token, ROCKET, json!({"headers": {"if-none-match": etag}})).await.ok(200);
    assert_eq!(
        (&body["status"], &body["body"], &body["body_encoding"]),
        (&json!(304), &Value::Null, &json!("text"))
    );
}

#[tokio::test]
async fn only_reads_are_relayed() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for method in ["POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "get\r\nx: y"] {
        let answer = read_with(&app, &token, ROCKET, json!({"method": method})).await;
        answer.expect(403, "method_denied");
    }
    read_with(&app, &token, ROCKET, json!({"method": "get"})).await.ok(200);
}

#[tokio::test]
async fn paths_that_could_mean_another_are_refused() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let before = app.github.requests().len();
    for path in [
        "repos/acme/rocket",
        "https://evil.example/repos/acme/rocket",
        "/repos/acme/rocket/https://evil.example",
        "/repos/acme/../umbrella/x",
        "/repos/acme/./rocket",
        "/repos/acme/%2e%2e/x",
        "/repos/acme/%2E%2E%2Fumbrella",
        "/repos/acme/%252e%252e/x",
        "/repos/acme/rocket%5c..",
        "/repos/acme/rocket\\..",
        "/repos/acme/rocket?x=1",
        "/repos/acme/rocket#x",
        "/repos/acme/rocket\r\nx: y",
        "/repos/acme/rocket%0d%0ax:%20y",
        "/repos/acme/rocket%00",
        "/repos/acme/rocket%zz",
        "/repos/acme/rocket%ff",
    ] {
        let answer = read(&app, &token, path).await.expect(400, "invalid_path");
        assert_eq!(answer.fields(), ["path"], "{path}");
        let message = answer.error().error.message;
        assert!(message.starts_with("The path cannot be relayed: `path` must "), "{message}");
    }
    assert_eq!(app.github.requests().len(), before, "nobody was asked");
}

#[tokio::test]
async fn queries_that_could_carry_a_secret_or_another_request_are_refused() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for query in [
        json!({"access_token": "x"}),
        json!({"client_secret": "x"}),
        json!({"api-key": "x"}),
        json!({"Page": "1"}),
        json!({"a b": "1"}),
        json!({"": "1"}),
        json!({"page": "1\r\nx: y"}),
        json!({"page": {"a": 1}}),
        json!({"page": [[1]]}),
        json!("page=1"),
    ] {
        read_with(&app, &token, ROCKET, json!({"query": query})).await.expect(400, "invalid_query");
    }
    let query =
        json!({"per_page": 1, "direction": "asc", "flag": true, "labels": null, "state": ["open", "all"]});
    read_with(&app, &token, "/repos/acme/rocket/issues", json!({"query": query})).await.ok(200);
    let last = app.github.requests().pop().unwrap();
    assert_eq!(last.query, "direction=asc&per_page=1&state=all", "sorted by key, each once");
}

#[tokio::test]
async fn of_the_headers_only_those_count_that_change_an_answer() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let headers = json!({"Accept": "application/vnd.github.raw+json", "X-GitHub-Api-Version": "2022-11-28", "authorization": "Bearer canary",
                         "cookie": "canary=1", "host": "evil.example"});
    let path = "/repos/acme/rocket/contents/README.md";
    read_with(&app, &token, path, json!({"headers": headers})).await.ok(200);
    let last = app.github.requests().pop().unwrap();
    assert_eq!(last.accept.as_deref(), Some("application/vnd.github.raw+json"));
    assert_eq!((last.token.as_deref(), last.api_version.as_deref()), (Some("mona"), Some("2022-11-28")));
    assert_eq!(last.user_agent.as_deref().unwrap().split('/').next(), Some("octopool"));
    let version = json!({"x-github-api-version": "latest"});
    for bad in [json!({"accept": "a\r\nx: y"}), json!({"if-none-match": 7}), json!([]), version] {
        read_with(&app, &token, ROCKET, json!({"headers": bad})).await.expect(400, "invalid_request");
    }
}

#[tokio::test]
async fn every_wrong_field_is_named_and_unknown_ones_are_ignored() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let client = app.bearer(&token);
    let answer = client.post("/v1/github/request", &json!({"pool": 7, "path": ""})).await;
    assert_eq!(answer.expect(400, "invalid_request").fields(), ["method", "pool", "path"]);
    read_with(&app, &token, ROCKET, json!({"route_hint": {"kind": "repo_view"}, "future": [1]}))
        .await
        .ok(200);
}

#[tokio::test]
async fn a_body_may_have_a_megabyte_and_no_more() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read_with(&app, &token, ROCKET, json!({"future": "x".repeat(1_000_000)})).await.ok(200);
    let answer = read_with(&app, &token, ROCKET, json!({"future": "x".repeat(1_100_000)})).await;
    answer.expect(413, "payload_too_large");
}

#[tokio::test]
async fn a_token_opens_the_pool_in_the_body_and_no_other() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let other = provision(&app, "mona", "other").await;
    for (token, pool) in [(&token, "other"), (&other, "team"), (&token, "no-such-pool")] {
        let answer = read_with(&app, token, ROCKET, json!({"pool": pool})).await;
        answer.expect(401, "invalid_auth");
    }
    assert!(asked(&app, ROCKET).is_empty());
    app.anon().post("/v1/github/request", &json!({})).await.expect(401, "missing_auth");
}

#[tokio::test]
async fn what_is_not_on_the_list_is_left_to_the_callers_own_credentials() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for path in [
        "/",
        "/graphql",
        "/user/repos",
        "/repos//acme/rocket",
        "/repos/acme/rocket/keys",
        "/notifications",
        "/repos/acme",
        "/orgs/acme/members",
    ] {
        assert_eq!(reason(&read(&app, &token, path).await), "route_denied", "{path}");
    }
    for path in [
        "/repos/acme/rocket/branches/main/protection",
        "/repos/acme/rocket/branches/main/protection/enforce_admins",
        "/repos/acme/rocket/rulesets",
        "/repos/acme/rocket/rulesets/7",
        "/repos/acme/rocket/rules/branches/main",
    ] {
        assert_eq!(reason(&read(&app, &token, path).await), "local_credentials_required", "{path}");
    }
    assert!(asked(&app, ROCKET).is_empty(), "not even whether the repository is public");
}

#[tokio::test]
async fn user_is_the_callers_own_public_profile() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let body = read(&app, &token, "/user").await.ok(200);
    assert_eq!(
        (&body["body"]["login"], &body["body"]["id"]),
        (&json!("hubot"), &json!(1002)),
        "not mona's, whose token it is"
    );
    assert_eq!(body["relay"]["route_kind"], "user_view");
    assert_eq!(asked(&app, "/user"), Vec::<String>::new());
}

#[tokio::test]
async fn what_only_the_identity_may_see_is_taken_out() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let repository = json!({"id": 1, "name": "rocket", "private": false, "permissions": {"push": true}, "temp_clone_token": "canary-clone", "role_name": "admin", "security_and_analysis": {"canary": 1}, "template_repository": {"name": "canary", "private": true},
                            "parent": {"id": 2, "permissions": {"push": true}}});
    app.github.fault(Fault::on("GET", ROCKET, Effect::respond(200, repository)));
    let body = read(&app, &token, ROCKET).await.ok(200);
    assert_eq!(body["body"], json!({"id": 1, "name": "rocket", "private": false, "parent": {"id": 2}}));
    let gists = json!([{"id": "aa", "public": true}, {"id": "bb", "public": false, "description": "canary"}]);
    app.github.fault(Fault::on("GET", "/users/mona/gists", Effect::respond(200, gists)));
    let body = read(&app, &token, "/users/mona/gists").await.ok(200);
    assert_eq!(body["body"], json!([{"id": "aa", "public": true}]));
    let gist = json!({"id": "bb", "public": false, "description": "canary"});
    app.github.fault(Fault::on("GET", "/gists/bb5a315d", Effect::respond(200, gist)));
    assert_eq!(read(&app, &token, "/gists/bb5a315d").await.ok(200)["relay"]["cache"], "bypass");
    let assets = json!([{"id": 1, "browser_download_url": "https://github.com/acme/rocket/releases/download/untagged-1/canary.zip"}]);
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/releases/9/assets", Effect::respond(200, assets)));
    assert_eq!(read(&app, &token, "/repos/acme/rocket/releases/9/assets").await.ok(200)["body"], json!([]));
    let profile = json!({"login": "mona", "id": 1001, "plan": {"name": "pro"}, "private_gists": 3, "total_private_repos": 4, "name": null});
    app.github.fault(Fault::on("GET", "/users/mona", Effect::respond(200, profile)));
    let body = read(&app, &token, "/users/mona").await.ok(200);
    assert_eq!(body["body"], json!({"login": "mona", "id": 1001, "name": null}));
    let releases = json!([{"id": 1, "draft": true, "name": "canary"}, {"id": 2, "draft": false}]);
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/releases", Effect::respond(200, releases)));
    assert_eq!(
        read(&app, &token, "/repos/acme/rocket/releases").await.ok(200)["body"],
        json!([{"id": 2, "draft": false}])
    );
    app.github.fault(Fault::on(
        "GET",
        "/repos/acme/rocket/releases/1",
        Effect::respond(200, json!({"id": 1, "draft": true})),
    ));
    let draft = read(&app, &token, "/repos/acme/rocket/releases/1").await.ok(200);
    assert_eq!((&draft["status"], &draft["body"]["message"]), (&json!(404), &json!("Not Found")));
    let kept = app.database.dump() + &app.edge_cache.dump();
    assert!(!kept.contains("canary") && !kept.contains("permissions"), "{kept}");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_text_or_base64() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket/contents/logo.png";
    let page = |kind: &str| {
        Effect::respond(200, Value::String("<svg/>".to_owned())).with_header("content-type", kind)
    };
    app.github.fault(Fault::on("GET", path, page("image/svg+xml")));
    let raw = json!({"headers": {"accept": "application/vnd.github.raw+json"}});
    let body = read_with(&app, &token, path, raw).await.ok(200);
    assert_eq!((&body["body_encoding"], &body["body"]), (&json!("text"), &json!("\"<svg/>\"")));
    read(&app, &token, path).await.expect(502, "github_response_invalid");
    for accept in ["application/vnd.github.raw+json", "application/vnd.github.v3.raw"] {
        let headers = json!({"headers": {"accept": accept}});
        let body = read_with(&app, &token, "/repos/acme/rocket/contents/README.md", headers).await.ok(200);
        assert_eq!(body["body_encoding"], "text", "{accept}");
        assert!(body["body"].as_str().is_some_and(|text| text.starts_with('#')), "{body}");
    }
}
