//! `/v1/admin/state`, `/v1/admin/plan` and `/v1/admin/apply`.

mod apply;
mod clients;
mod document;
mod faults;
mod restricted;
mod size;

use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{pat, provision};

const STATE: &str = "/v1/admin/state";
const PLAN: &str = "/v1/admin/plan";
const APPLY: &str = "/v1/admin/apply";

/// A deployment with two pools, three identities and two callers, all made one by one.
async fn populated() -> TestApp {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    provision(&app, "mona", "other").await;
    provision(&app, "mona", "team").await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    app.admin().post("/v1/admin/pools/other/identities", &pat("p2")).await.ok(201);
    let installation = json!({
        "id": "app", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": 5, "weight": 7,
        "scopes": [{"owner": "acme", "repo": "rocket", "allow_private": true}, {"owner": "umbrella"}],
    });
    app.admin().post("/v1/admin/pools/team/identities", &installation).await.ok(201);
    app
}

/// The document and its hash.
async fn state(app: &TestApp) -> (Value, String) {
    let answer = app.admin().get(STATE).await.ok(200);
    (answer["state"].clone(), answer["state_hash"].as_str().unwrap().to_owned())
}

async fn plan(app: &TestApp, desired: &Value) -> Answer {
    app.admin().post(PLAN, &json!({"desired": desired})).await
}

async fn apply(app: &TestApp, desired: &Value, state_hash: &str) -> Answer {
    app.admin().post(APPLY, &json!({"desired": desired, "state_hash": state_hash})).await
}

/// Makes a document hold, whatever there is.
async fn applied(app: &TestApp, desired: &Value) -> Value {
    let (_, hash) = state(app).await;
    apply(app, desired, &hash).await.ok(200)
}

/// Each change as `+ kind id pool: fields`.
fn told(answer: &Value) -> Vec<String> {
    let changes = answer["changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            let mark = match change["action"].as_str().unwrap() {
                "create" => '+',
                "update" => '~',
                _ => '-',
            };
            let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
            let fields = change["fields"].as_array().unwrap().iter();
            let fields: Vec<_> = fields.map(|field| field["field"].as_str().unwrap()).collect();
            let pool = if change["pool"].is_null() { String::new() } else { format!(" in {}", text("pool")) };
            format!("{mark} {} {}{pool}: {}", text("kind"), text("id"), fields.join(" "))
        })
        .collect()
}
