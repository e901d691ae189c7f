//! What the rows share.

use octopool_testkit::github::{Effect, Fault};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

pub(super) use super::super::support::*;

/// Sends any bytes as a body.
pub(super) async fn send(app: &TestApp, token: &str, body: impl Into<Vec<u8>>) -> Answer {
    app.bearer(token).post_raw("/graphql", "application/json", body.into()).await
}

/// Asks a document without variables.
pub(super) async fn query(app: &TestApp, token: &str, document: &str) -> Answer {
    ask(app, token, document, json!({})).await
}

/// GitHub answers the next queries so.
pub(super) fn github_answers(app: &TestApp, body: Value) {
    app.github.fault(Fault::on("POST", "/graphql", Effect::respond(200, body)));
}

/// That nothing of a query is kept.
#[track_caller]
pub(super) fn keeps_nothing(app: &TestApp, about: &str) {
    let kept = app.database.value("SELECT count(*) FROM cached_answers");
    assert_eq!(kept, 0, "{about} is kept in D1: {}", app.database.dump());
    assert_eq!(app.edge_cache.dump(), "", "{about} is kept near");
}
