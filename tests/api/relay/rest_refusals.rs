//! What clients of GitHub's API see of refusals, limits and downloads.

use futures_util::future::join_all;
use octopool_testkit::github::{Effect, Fault};
use octopool_testkit::{Answer, TestApp};
use serde_json::json;

use crate::support::{asked, depleted, read, refusals, register, team};

async fn get(app: &TestApp, token: &str, path: &str) -> Answer {
    get_with(app, token, path, &[]).await
}

async fn get_with(app: &TestApp, token: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = http::Request::get(format!("http://localhost:8787/api/v3{path}"))
        .header("authorization", format!("Bearer {token}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    app.anon().send(request.body(axum::body::Body::empty()).unwrap()).await
}

/// Status, reason and what to wait for.
fn refusal(answer: &Answer) -> (u16, String, Option<u64>) {
    assert_eq!(answer.code(), "fallback_local", "{} {}", answer.status(), answer.text());
    let body = answer.json();
    let reason = answer.header("x-octopool-reason").unwrap_or_default().to_owned();
    assert_eq!(body["errors"][0]["details"]["reason"], reason);
    assert_eq!(body["status"], answer.status().to_string());
    // go-github and Octokit would take these for GitHub's limits.
    assert!(answer.header("x-ratelimit-remaining").is_none());
    let text = answer.text().to_ascii_lowercase();
    assert!(!text.contains("secondary") && !text.contains("rate limit"), "{text}");
    (answer.status(), reason, answer.header("retry-after").map(|seconds| seconds.parse().unwrap()))
}

#[tokio::test]
async fn what_another_try_cannot_change_is_not_retried() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for (path, status, reason) in [
        ("/user/repos", 403, "route_denied"),
        ("/repositories/1/issues", 403, "route_denied"),
        ("/repos/acme/rocket/rulesets", 403, "local_credentials_required"),
        ("/search/issues?q=repo:acme/rocket", 403, "search_denied"),
        ("/repos/acme/secret-plans", 404, "repo_not_public"),
        ("/repos/umbrella/other", 403, "no_identity"),
    ] {
        let answer = get(&app, &token, path).await;
        assert_eq!(refusal(&answer), (status, reason.to_owned(), None), "{path}");
        if status == 404 {
            assert_eq!(answer.json()["message"], "Not Found", "PyGithub looks at the text");
        }
        assert_eq!(read(&app, &token, path.split('?').next().unwrap()).await.status(), 424, "the envelope");
    }
    assert_eq!(refusals(&app), 0, "nobody was kept out");
}

#[tokio::test]
async fn what_passes_says_when() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/issues/1", depleted(600)));
    let spent = get(&app, &token, "/repos/acme/rocket/issues/1").await;
    let (status, reason, after) = refusal(&spent);
    assert_eq!((status, reason.starts_with("github_"), after.is_some()), (429, true, true), "{reason}");
    let (status, _, after) = refusal(&get(&app, &token, "/repos/acme/rocket/issues/2").await);
    assert!(status == 429 && after.is_some_and(|seconds| seconds >= 1));
    app.coordinators.overload(true);
    let answer = get(&app, &token, "/repos/acme/rocket/issues/3").await;
    assert!(answer.status() == 503 && answer.header("retry-after").is_some(), "{}", answer.text());
}

#[tokio::test]
async fn the_rate_limit_is_the_pools_and_costs_github_nothing() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.secrets.set("OCTOPOOL_PAT_OCTOCAT", &app.credentials.tokens.octocat);
    register(&app, json!({"id": "p2", "login": "octocat", "secret_ref": "OCTOPOOL_PAT_OCTOCAT"})).await;
    get(&app, &token, "/repos/acme/rocket").await;
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/issues/1", depleted(600)));
    let _ = get(&app, &token, "/repos/acme/rocket/issues/1").await;
    let before = app.github.requests().len();
    let answer = get(&app, &token, "/rate_limit").await;
    let body = answer.clone().ok(200);
    let core = &body["resources"]["core"];
    assert_eq!((&body["rate"], &core["limit"]), (core, &json!(10_000)));
    assert_eq!(core["remaining"].as_i64().unwrap() + core["used"].as_i64().unwrap(), 10_000);
    assert!(core["remaining"].as_i64().unwrap() <= 5000 && core["reset"].as_i64().unwrap() > 0, "{core}");
    assert_eq!(body["resources"]["search"]["limit"], 60);
    assert_eq!(answer.header("x-ratelimit-limit"), Some("10000"));
    assert_eq!(answer.header("x-octopool-route"), Some("rate_limit"));
    let envelope = read(&app, &token, "/rate_limit").await.ok(200);
    assert_eq!((&envelope["status"], &envelope["body"]), (&json!(200), &body));
    assert!(envelope.get("identity").is_none() && envelope["relay"]["cache"] == "bypass");
    assert_eq!(app.github.requests().len(), before);
}

fn found(location: &str) -> Effect {
    Effect::Redirect { location: location.to_owned(), status: 302 }
}

const BYTES: [(&str, &str); 1] = [("accept", "application/octet-stream")];

#[tokio::test]
async fn a_download_is_githubs_redirect_for_whoever_asked() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for (path, host) in [
        ("/repos/acme/rocket/tarball/main", "codeload.github.com"),
        ("/repos/acme/rocket/zipball", "codeload.github.com"),
        ("/repos/acme/rocket/actions/artifacts/1/zip", "productionresultssa0.blob.core.windows.net"),
        ("/repos/acme/rocket/actions/runs/1/logs", "pipelines.actions.githubusercontent.com"),
    ] {
        let location = format!("https://{host}/x?sig=signed-canary%3D&token=a");
        app.github.fault(Fault::on("GET", path, found(&location)));
        for _ in 0..2 {
            let answer = get_with(&app, &token, path, &BYTES).await;
            assert_eq!((answer.status(), answer.text().as_str()), (302, ""), "{path}");
            assert_eq!(answer.header("location"), Some(location.as_str()));
            assert_eq!(answer.header("x-octopool-cache"), Some("bypass"));
        }
        let more = json!({"headers": {"accept": "application/octet-stream"}});
        let envelope = crate::support::read_with(&app, &token, path, more).await.ok(200);
        assert_eq!((&envelope["status"], &envelope["headers"]["location"]), (&json!(302), &json!(location)));
        assert_eq!((&envelope["body"], &envelope["body_encoding"]), (&json!(null), &json!("text")));
        // Signed addresses are not handed to others who ask at the same time either.
        let together = join_all((0..5).map(|_| get_with(&app, &token, path, &BYTES))).await;
        assert!(together.iter().all(|answer| answer.status() == 302));
        assert_eq!(asked(&app, path).len(), 8, "{path}: each asked for itself");
        app.github.clear_faults();
        app.github.fault(Fault::on("GET", path, found("https://evil.example/x")));
        get_with(&app, &token, path, &BYTES).await.expect(502, "github_redirect_denied");
        app.github.clear_faults();
    }
    let kept = [app.database.dump(), app.edge_cache.dump(), app.coordinators.dump()].concat();
    assert!(!kept.contains("signed-canary"));
    app.database.execute("UPDATE pools SET policy_json = '{\"allow_logs\":false}'").unwrap();
    app.new_isolate();
    for path in ["/repos/acme/rocket/actions/artifacts/1/zip", "/repos/acme/rocket/actions/runs/1/logs"] {
        assert_eq!(refusal(&get(&app, &token, path).await).1, "logs_denied");
    }
}

#[tokio::test]
async fn a_file_of_a_release_is_redirected_once_its_release_is_proven_to_be_public() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let list = get(&app, &token, "/repos/acme/rocket/releases").await.json();
    let asset = list[0]["assets"][0]["id"].to_string();
    let path = format!("/repos/acme/rocket/releases/assets/{asset}");
    let location = "https://release-assets.githubusercontent.com/x?sig=a%3D";
    // The proof reads the same path as JSON, and must get the real answer.
    app.github.fault(Fault::on("GET", &path, found(location)).once());
    let answer = get_with(&app, &token, &path, &BYTES).await;
    assert_eq!((answer.status(), answer.header("location")), (302, Some(location)), "{}", answer.text());
}

#[tokio::test]
async fn only_downloads_are_redirected() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let asset = "/repos/acme/rocket/releases/assets/1";
    for path in [asset, "/repos/acme/rocket/contents/README.md", "/repos/acme/rocket"] {
        get(&app, &token, "/repos/acme/rocket/labels").await;
        app.github.fault(Fault::on("GET", path, found("https://codeload.github.com/x")));
        let answer = get_with(&app, &token, path, &[("cache-control", "no-cache")]).await;
        answer.expect(502, "github_redirect_denied");
        app.github.clear_faults();
    }
}
