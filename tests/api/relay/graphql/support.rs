//! Sentences that the tests of GraphQL reads begin with.

use std::time::Duration;

use octopool_testkit::github::demo::INSTALLATION;
use octopool_testkit::github::{Effect, Fault};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{narrow, pat, provision, register_app, team};

/// One pull request.
pub(super) const PULL: &str = "query($o: String!, $n: String!) { repository(owner: $o, name: $n) { \
     pullRequest(number: 7) { number title state } } }";
/// Its variables.
pub(super) fn rocket() -> Value {
    json!({"o": "acme", "n": "rocket"})
}

/// A pool `team` with the App of the seed, and a caller's token for it.
pub(super) async fn app_team(app: &TestApp) -> String {
    let token = provision(app, "hubot", "team").await;
    register_app(app, "a1", INSTALLATION).await;
    token
}

/// A pool `team` with a PAT that has no scopes, and a caller's token for it.
pub(super) async fn pat_team(app: &TestApp) -> String {
    let token = provision(app, "hubot", "team").await;
    narrow(app);
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    token
}

/// Who serves a pool.
#[derive(Clone, Copy, Debug)]
pub(super) enum Serves {
    /// The App of the seed.
    App,
    /// A token without scopes.
    Narrow,
    /// A token that sees everything, while GitHub says that it has no scopes.
    Wide,
}

/// A pool `team` that is served so, and a caller's token for it.
pub(super) async fn serve(app: &TestApp, serves: Serves) -> String {
    match serves {
        Serves::App => app_team(app).await,
        Serves::Narrow => pat_team(app).await,
        Serves::Wide => {
            let lie = Effect::headers().with_header("x-oauth-scopes", "");
            app.github.fault(Fault::on("POST", "/graphql", lie));
            team(app).await
        }
    }
}

/// Time passes here and at GitHub.
pub(super) fn advance(app: &TestApp, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
    app.github.edit(|state| state.clock.offset += i64::try_from(seconds).unwrap());
}

/// Asks through `team`.
pub(super) async fn ask(app: &TestApp, token: &str, query: &str, variables: Value) -> Answer {
    ask_with(app, token, &json!({"query": query, "variables": variables}), &[]).await
}

/// The same for a younger answer.
pub(super) async fn ask_within(
    app: &TestApp,
    token: &str,
    seconds: u64,
    (query, variables): (&str, Value),
) -> Answer {
    let body = json!({"query": query, "variables": variables});
    ask_with(app, token, &body, &[("cache-control", &format!("max-age={seconds}"))]).await
}

/// The same with any body and these headers.
pub(super) async fn ask_with(app: &TestApp, token: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let request = http::Request::post("http://localhost:8787/api/graphql")
        .header("content-type", "application/json")
        .header("x-octopool-pool", "team");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
    app.bearer(token).send(request).await
}

/// Why the pool did not serve, with the status.
#[track_caller]
pub(super) fn refused(answer: &Answer) -> (u16, String) {
    assert!(answer.header("x-octopool-reason").is_some(), "{}", answer.text());
    let reason = answer.header("x-octopool-reason").unwrap_or_default();
    let error = &answer.json()["errors"][0];
    assert_eq!(error["type"], reason.to_ascii_uppercase());
    assert!(error["message"].is_string());
    (answer.status(), reason.to_owned())
}

/// What the answer says of how it was served.
#[track_caller]
pub(super) fn cache(answer: &Answer) -> &str {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.header("x-octopool-cache").unwrap()
}

/// By whom GitHub's GraphQL API was asked.
pub(super) fn queries(app: &TestApp) -> Vec<String> {
    crate::support::asked(app, "/graphql")
}

/// That no part of a text is in an answer, D1, the Cache API or the coordinator.
#[track_caller]
pub(super) fn is_nowhere(app: &TestApp, answer: &Answer, text: &str) {
    let kept = [app.database.dump(), app.edge_cache.dump(), app.coordinators.dump()].concat();
    assert!(!answer.text().contains(text), "{text} is in the answer: {}", answer.text());
    assert!(!kept.contains(text), "{text} is kept: {kept}");
}
