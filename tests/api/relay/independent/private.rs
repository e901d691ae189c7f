//! Private data in shapes and places that no other test names.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{asked, read, read_with, reason, team};

/// What must be nowhere.
const CANARY: &str = "canary-of-a-private-repository";

async fn searching_team(app: &TestApp) -> String {
    let token = team(app).await;
    let policy = json!({"allowed_owners": ["acme"], "allow_search": true});
    app.admin().patch("/v1/admin/pools/team", None, &json!({"policy": policy})).await.ok(200);
    token
}

fn answers(app: &TestApp, path: &str, body: &Value) {
    app.github.fault(Fault::on("GET", path, Effect::respond(200, body.clone())));
}

/// A repository that says in one of several ways that it is private.
fn vault(says: &Value) -> Value {
    let mut vault = json!({"id": 9, "name": CANARY, "full_name": format!("acme/{CANARY}")});
    vault.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
    vault
}

#[track_caller]
fn is_nowhere(app: &TestApp, answer: &str) {
    let kept = [app.database.dump(), app.edge_cache.dump(), app.coordinators.dump()].concat();
    assert!(!answer.contains(CANARY), "in the answer: {answer}");
    assert!(!kept.contains(CANARY), "kept after {answer}");
}

#[tokio::test]
async fn private_repositories_are_in_no_answer() {
    let app = TestApp::start().await;
    let token = searching_team(&app).await;
    let elsewhere = format!("{}/repos/acme/vault", app.github.base_url());
    let (own, private) = (json!({"full_name": "acme/rocket", "private": false}), json!({"private": true}));
    for (path, body, left) in [
        (
            "/repos/acme/rocket/issues/7/timeline",
            json!([{"event": "sub_issue_added", "sub_issue": {"title": CANARY, "repository_url": elsewhere}}, {"event": "labeled"}]),
            json!([{"event": "labeled"}]),
        ),
        (
            "/repos/acme/rocket/issues/8/timeline",
            json!([{"event": "cross-referenced", "source": {"issue": {"title": CANARY, "repository": vault(&json!({"visibility": "INTERNAL"}))}}}]),
            json!([]),
        ),
        (
            "/repos/acme/rocket/issues/8/events",
            json!([{"event": "connected", "subject": {"title": CANARY, "repository": vault(&json!({"isPrivate": true}))}}]),
            json!([]),
        ),
        (
            "/repos/acme/rocket/issues/9/events",
            json!([[[{"event": "x", "issue": {"title": CANARY, "repository": vault(&private)}}]]]),
            json!([[[]]]),
        ),
        (
            "/users/mona/events",
            json!([{"type": "ForkEvent", "public": true, "payload": {"forkee": vault(&json!({"private": 1}))}}]),
            json!([]),
        ),
        (
            "/users/mona/received_events",
            json!([{"public": "false", "repo": {"name": CANARY}}, {"public": 0, "repo": {"name": CANARY}}]),
            json!([]),
        ),
        ("/users/mona/gists", json!([{"id": CANARY, "public": null, "files": {}}]), json!([])),
        (
            "/repos/acme/rocket/commits/main/check-suites",
            json!({"total_count": 1, "check_suites": [{"id": 1, "repository": own, "pull_requests": [{"title": CANARY, "base": {"repo": {"url": elsewhere}}}]}]}),
            json!({"total_count": 1, "check_suites": [{"id": 1, "repository": own, "pull_requests": []}]}),
        ),
        (
            "/repos/acme/rocket/check-runs/5",
            json!({"id": 5, "pull_requests": [{"head": {"repo": vault(&json!({"private": []}))}}]}),
            json!({"id": 5, "pull_requests": [{"head": {"repo": null}}]}),
        ),
        (
            "/repos/acme/rocket/forks",
            json!([
                vault(&json!({"private": "yes"})),
                vault(&json!({"private": false, "visibility": "Private"}))
            ]),
            json!([]),
        ),
        (
            "/search/issues",
            json!({"total_count": 18_000_000_000_000_000_001_u64, "incomplete_results": false,
                   "items": [{"title": CANARY, "repository": vault(&private), "text_matches": [{"fragment": CANARY}]}]}),
            json!({"total_count": 18_000_000_000_000_000_000_u64, "incomplete_results": false, "items": []}),
        ),
        (
            "/repos/acme/rocket/actions/runs/3",
            json!({"id": 3, "repository": own, "head_repository": vault(&private)}),
            json!({"id": 3, "repository": own, "head_repository": null}),
        ),
        (
            "/repos/acme/rocket",
            json!({"full_name": "acme/rocket", "private": false, "source": vault(&private), "template_repository": vault(&json!({"private": null}))}),
            json!({"full_name": "acme/rocket", "private": false}),
        ),
    ] {
        answers(&app, path, &body);
        let query = json!({"query": {"q": "vault is:public"}});
        let answer = read_with(&app, &token, path, query).await;
        is_nowhere(&app, &answer.text());
        assert_eq!(answer.ok(200)["body"], left, "{path}");
    }
}

#[tokio::test]
async fn what_only_the_identity_sees_is_in_no_answer() {
    let app = TestApp::start().await;
    let token = searching_team(&app).await;
    for (path, body, left) in [
        (
            "/repos/acme/rocket/forks",
            json!([{"full_name": "a/b", "private": false, "temp_clone_token": CANARY, "parent": {"temp_clone_token": CANARY}}]),
            json!([{"full_name": "a/b", "private": false, "parent": {}}]),
        ),
        (
            "/repos/acme/rocket/stargazers",
            json!([{"starred_at": "x", "user": {"login": "mona", "plan": {"name": CANARY}, "total_private_repos": 7}}]),
            json!([{"starred_at": "x", "user": {"login": "mona"}}]),
        ),
        (
            "/repos/acme/rocket/pulls/7/requested_reviewers",
            json!({"users": [], "teams": [{"slug": CANARY, "privacy": "Secret"}]}),
            json!({"users": [], "teams": []}),
        ),
        ("/repos/acme/rocket/releases", json!([{"tag_name": CANARY, "draft": "true"}]), json!([])),
        (
            "/repos/acme/rocket/releases/7/assets",
            json!([{"name": CANARY, "browser_download_url": "https://github.com/acme/rocket/releases/download/untagged-7/x"}]),
            json!([]),
        ),
        (
            "/repos/acme/rocket/pulls/7/reviews",
            json!([{"state": "Pending", "body": CANARY}, {"state": "DISMISSED"}]),
            json!([{"state": "DISMISSED"}]),
        ),
        (
            "/repos/acme/rocket/deployments",
            json!([{"id": 1, "payload": {"private": true, "full_name": "x/y", "token": "mine"}, "performed_via_github_app": {"client_secret": CANARY}}]),
            json!([{"id": 1, "payload": {"private": true, "full_name": "x/y", "token": "mine"}, "performed_via_github_app": {}}]),
        ),
    ] {
        answers(&app, path, &body);
        let answer = read(&app, &token, path).await;
        is_nowhere(&app, &answer.text());
        assert_eq!(answer.ok(200)["body"], left, "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_shows_the_repository_private_ends_all_of_it() {
    for (path, body) in [
        (
            "/repos/acme/rocket/pulls",
            json!([{"base": {"repo": {"full_name": "Acme/ROCKET", "visibility": "private"}}}]),
        ),
        (
            "/repos/acme/rocket/commits/main/check-suites",
            json!({"check_suites": [{"repository": {"full_name": "acme/rocket", "private": true}}]}),
        ),
        (
            "/repos/acme/rocket/actions/runs",
            json!({"workflow_runs": [{"repository": {"full_name": "acme/rocket", "private": "true"}}]}),
        ),
        (
            "/repos/acme/rocket/contents/a.txt",
            json!({"content": CANARY, "url": "https://api.github.com/repos/acme/rocket/contents/a.txt?ref=main",
                   "download_url": "https://raw.githubusercontent.com/acme/rocket/main/a.txt?token=AAAA"}),
        ),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        let other = "/repos/acme/rocket/languages";
        answers(&app, other, &json!({"Rust": 1}));
        read(&app, &token, other).await.ok(200);
        answers(&app, path, &body);
        let answer = read(&app, &token, path).await;
        is_nowhere(&app, &answer.text());
        assert_eq!(reason(&answer), "repo_not_public", "{path}");
        assert_eq!(reason(&read(&app, &token, other).await), "repo_not_public", "the cache, after {path}");
        app.new_isolate();
        assert_eq!(reason(&read(&app, &token, other).await), "repo_not_public", "elsewhere, after {path}");
        assert_eq!(asked(&app, other).len(), 1);
    }
}

#[tokio::test]
async fn text_that_looks_private_stays_as_it_is() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for (path, body) in [
        (
            "/repos/acme/rocket/issues/7",
            json!({"id": 7, "title": "\"private\": true", "body": "{\"temp_clone_token\":\"x\"}", "labels": [{"name": "PENDING"}], "state": "open"}),
        ),
        ("/repos/acme/rocket/labels", json!([{"name": "private", "description": "visibility:private"}])),
        ("/repos/acme/rocket/languages", json!({"Token": 1, "secret": 2, "private": 3})),
        (
            "/repos/acme/rocket/contents/b.txt",
            json!({"content": "dG9rZW4=", "download_url": "https://raw.githubusercontent.com/acme/rocket/main/token=b.txt"}),
        ),
        (
            "/repos/acme/rocket/pulls/7",
            json!({"id": 7, "draft": true, "private_note": "x", "head": {"repo": null}, "state": "open"}),
        ),
    ] {
        answers(&app, path, &body);
        assert_eq!(read(&app, &token, path).await.ok(200)["body"], body, "{path}");
    }
}

#[tokio::test]
async fn refusals_tell_nothing_private_either() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket/milestones/7";
    for body in [
        json!({"message": "Conflict", "repository": vault(&json!({"private": true}))}),
        json!([vault(&json!({"visibility": "internal"}))]),
        json!(CANARY),
        json!({"message": "Gone", "token": CANARY}),
    ] {
        for status in [400, 404, 409, 410, 422, 500] {
            app.github.clear_faults();
            app.github.fault(Fault::on("GET", path, Effect::respond(status, body.clone())));
            let answer = read(&app, &token, path).await;
            is_nowhere(&app, &answer.text());
            assert_eq!(answer.ok(200)["status"], status, "{body}");
        }
    }
}
