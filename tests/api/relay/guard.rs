//! No identity is spent and no cached byte is served without a current proof that the repository is
//! public; and what the policy allows.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::ROCKET as ROCKET_ID;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{asked, read, read_with, reason, register, team};

const ROCKET: &str = "/repos/acme/rocket";
const ISSUE: &str = "/repos/acme/rocket/issues/1";

async fn policy(app: &TestApp, policy: Value) {
    app.admin().patch("/v1/admin/pools/team", None, &json!({"policy": policy})).await.ok(200);
}

fn answers(app: &TestApp, path: &str) {
    app.github.fault(Fault::on("GET", path, Effect::respond(200, json!({"id": 1, "state": "open"}))));
}

#[tokio::test]
async fn a_private_repository_is_refused_whoever_could_read_it() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    register(&app, json!({"scopes": [{"owner": "acme", "repo": "secret-plans", "allow_private": true}, {"owner": "acme"}]})).await;
    for path in
        ["/repos/acme/secret-plans", "/repos/acme/secret-plans/issues/1", "/repos/acme/no-such-repository"]
    {
        assert_eq!(reason(&read(&app, &token, path).await), "repo_not_public", "{path}");
    }
    let by: Vec<_> = app.github.requests().into_iter().filter_map(|request| request.token).collect();
    assert!(!by.contains(&"mona".to_owned()), "no identity was spent: {by:?}");
}

#[tokio::test]
async fn a_negative_proof_never_allows_and_is_asked_for_again_when_it_lapses() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| state.repositories.set_private(ROCKET_ID, true)).unwrap();
    assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_not_public");
    app.github.edit(|state| state.repositories.set_private(ROCKET_ID, false)).unwrap();
    app.clock.advance(Duration::from_secs(3599));
    assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_not_public");
    app.clock.advance(Duration::from_secs(1));
    read(&app, &token, ROCKET).await.ok(200);
    assert_eq!(asked(&app, ROCKET), ["org", "org", "mona"]);
}

#[tokio::test]
async fn of_a_repository_that_turns_private_nothing_is_served_once_the_proof_has_lapsed() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    answers(&app, ISSUE);
    read(&app, &token, ISSUE).await.ok(200);
    app.github.edit(|state| state.repositories.set_private(ROCKET_ID, true)).unwrap();
    app.clock.advance(Duration::from_secs(250));
    assert_eq!(read(&app, &token, ISSUE).await.ok(200)["relay"]["cache"], "hit", "the proof is current");
    app.clock.advance(Duration::from_secs(650));
    for isolate in ["the same", "another"] {
        assert_eq!(reason(&read(&app, &token, ISSUE).await), "repo_not_public", "{isolate} isolate");
        app.new_isolate();
    }
}

#[tokio::test]
async fn a_check_that_proves_nothing_denies_and_is_not_kept() {
    let app = TestApp::with("REQUEST_TIMEOUT_MS", "300").start().await;
    let token = team(&app).await;
    for effect in [
        Effect::status(500),
        Effect::status(403),
        Effect::status(429),
        Effect::status(401),
        Effect::Html,
        Effect::Truncate,
        Effect::Nonsense,
        Effect::respond(200, json!({"private": null})),
        Effect::respond(200, json!({})),
        Effect::NeverAnswer,
        Effect::DropConnection,
        Effect::Redirect { location: "/repositories/5002".to_owned(), status: 301 },
    ] {
        app.github.fault(Fault::on("GET", ROCKET, effect.clone()).once());
        assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_public_check_failed", "{effect:?}");
    }
    assert_eq!(app.database.value("SELECT count(*) FROM repository_proofs"), 0);
    app.secrets.remove("OCTOPOOL_GITHUB_ORG_TOKEN");
    assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_public_check_failed");
}

#[tokio::test]
async fn proofs_are_shared_by_isolates() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    answers(&app, ISSUE);
    for _ in 0..3 {
        read_with(&app, &token, ISSUE, json!({"headers": {"cache-control": "max-age=0"}})).await.ok(200);
        app.new_isolate();
    }
    assert_eq!(asked(&app, ROCKET), ["org"]);
}

#[tokio::test]
async fn owners_that_the_policy_does_not_name_are_read_with_a_broad_pat_only() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| state.repositories.add(6000, 9001, "engine", false)).unwrap();
    let engine = "/repos/umbrella/engine";
    register(&app, json!({"scopes": [{"owner": "umbrella"}, {"owner": "acme"}]})).await;
    assert_eq!(reason(&read(&app, &token, engine).await), "no_identity", "its owner's scope does not help");
    register(&app, json!({"scopes": [{"owner": "*"}]})).await;
    read(&app, &token, engine).await.ok(200);
    policy(&app, json!({"allowed_owners": ["acme"], "allow_public_repos": false})).await;
    assert_eq!(reason(&read(&app, &token, engine).await), "owner_denied");
    policy(&app, json!({"allowed_owners": ["Umbrella"], "allow_public_repos": false})).await;
    read(&app, &token, engine).await.ok(200);
    assert_eq!(reason(&read(&app, &token, ROCKET).await), "owner_denied");
}

#[tokio::test]
async fn the_gates_of_the_policy() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let search = json!({"query": {"q": "repo:acme/rocket is:pr"}});
    assert_eq!(reason(&read_with(&app, &token, "/search/issues", search.clone()).await), "search_denied");
    policy(&app, json!({"allow_search": true, "allow_logs": false})).await;
    app.github.fault(Fault::on("GET", "/search/issues", Effect::respond(200, json!({"items": []}))));
    read_with(&app, &token, "/search/issues", search).await.ok(200);
    for unbound in
        ["is:private", "repo:acme/rocket repo:acme/website", "repo:acme/rocket OR is:private", "team:acme/x"]
    {
        let answer = read_with(&app, &token, "/search/issues", json!({"query": {"q": unbound}})).await;
        assert_eq!(reason(&answer), "route_denied", "{unbound}");
    }
    let plain = json!({"query": {"q": "plans"}});
    read_with(&app, &token, "/search/repositories", plain).await.ok(200);
    let asked = app.github.requests().pop().unwrap().query;
    assert_eq!(asked, "q=plans%20is%3Apublic", "not even how many private ones there are");
    for (kind, served) in [("all", true), ("public", true), ("private", false), ("member", false)] {
        let query = json!({"query": {"type": kind}});
        let answer = read_with(&app, &token, "/orgs/acme/repos", query).await;
        assert_eq!(answer.status() == 200, served, "{kind}");
        assert!(!served || app.github.requests().pop().unwrap().query == "type=public", "{kind}");
    }
    let hidden = json!({"query": {"q": "repo:acme/secret-plans crash"}});
    assert_eq!(reason(&read_with(&app, &token, "/search/code", hidden).await), "repo_not_public");
    assert_eq!(reason(&read(&app, &token, "/repos/acme/rocket/actions/jobs/1/logs").await), "logs_denied");
}

#[tokio::test]
async fn a_policy_that_is_none_closes_the_pool() {
    let app = TestApp::with("AUTH_CACHE_SECONDS", "0").start().await;
    let token = team(&app).await;
    read(&app, &token, ROCKET).await.ok(200);
    for policy in ["", "[]", "null", "{", "{\"allow_search\":1}", "{\"allowed_owners\":\"acme\"}"] {
        app.database.execute(&format!("UPDATE pools SET policy_json = '{policy}'")).unwrap();
        read(&app, &token, ROCKET).await.expect(503, "pool_policy_unavailable");
        app.bearer(&token).get("/api/v3/repos/acme/rocket").await.expect(503, "pool_policy_unavailable");
    }
    app.database.execute("UPDATE pools SET policy_json = '{}'").unwrap();
    read(&app, &token, ROCKET).await.ok(200);
}

#[tokio::test]
async fn scopes_say_who_may_serve() {
    let app = TestApp::with("AUTH_CACHE_SECONDS", "0").start().await;
    let token = team(&app).await;
    for (scopes, expected) in [
        (json!([{"owner": "ACME"}]), None),
        (json!([{"owner": "acme", "repo": "Rocket"}]), None),
        (json!([{"owner": "*"}]), None),
        (json!([{"owner": "acme", "repo": "website"}]), Some("no_identity")),
        (json!([{"owner": "umbrella"}]), Some("no_identity")),
        (json!([]), Some("no_identity")),
    ] {
        register(&app, json!({"scopes": scopes})).await;
        let answer = read(&app, &token, ROCKET).await;
        match expected {
            None => drop(answer.ok(200)),
            Some(expected) => assert_eq!(reason(&answer), expected, "{scopes}: also what is cached"),
        }
    }
    read(&app, &token, "/users/mona").await.ok(200);
    app.database.execute("UPDATE identities SET status = 'disabled'").unwrap();
    assert_eq!(reason(&read(&app, &token, "/users/octocat").await), "no_identity");
}

#[tokio::test]
async fn a_revocation_counts_at_once_where_it_was_made_and_soon_elsewhere() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, ROCKET).await.ok(200);
    let caller = app.database.value("SELECT id FROM callers").as_str().unwrap().to_owned();
    // By hand in D1, as in another isolate.
    app.database.execute("UPDATE callers SET status = 'disabled'").unwrap();
    app.clock.advance(Duration::from_secs(29));
    read(&app, &token, ROCKET).await.ok(200);
    app.clock.advance(Duration::from_secs(1));
    read(&app, &token, ROCKET).await.expect(401, "invalid_auth");
    let status = |status: &str| json!({"status": status});
    app.admin().patch(&format!("/v1/admin/callers/{caller}"), None, &status("active")).await.ok(200);
    read(&app, &token, ROCKET).await.ok(200);
    app.admin().patch(&format!("/v1/admin/callers/{caller}"), None, &status("disabled")).await.ok(200);
    read(&app, &token, ROCKET).await.expect(401, "invalid_auth");
}
