//! What an admin token for one pool may declare.

use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{named_admin, pat, provision};

struct Two {
    app: TestApp,
    token: String,
}

/// Pools `team` and `other`, and an admin token for `team`.
async fn two() -> Two {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    provision(&app, "mona", "other").await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    let mut theirs = pat("p2");
    theirs["secret_ref"] = json!("OCTOPOOL_PAT_OTHER");
    app.admin().post("/v1/admin/pools/other/identities", &theirs).await.ok(201);
    let token = named_admin(&app, "lead", Some("team")).await;
    Two { app, token }
}

impl Two {
    async fn state(&self) -> Value {
        self.app.bearer(&self.token).get("/v1/admin/state").await.ok(200)
    }

    /// Plans and applies the state with a change.
    async fn apply(&self, change: impl Fn(&mut Value)) -> Answer {
        let mut seen = self.state().await;
        change(&mut seen["state"]);
        let client = self.app.bearer(&self.token);
        let planned = client.post("/v1/admin/plan", &json!({"desired": seen["state"]})).await;
        let body = json!({"desired": seen["state"], "state_hash": seen["state_hash"]});
        let applied = client.post("/v1/admin/apply", &body).await;
        assert_eq!(
            planned.status(),
            applied.status(),
            "plan and apply agree: {} {}",
            planned.text(),
            applied.text()
        );
        applied
    }
}

#[tokio::test]
async fn it_sees_and_changes_its_pool() {
    let two = two().await;
    let seen = two.state().await;
    assert_eq!(seen["state"]["pools"].as_object().unwrap().keys().collect::<Vec<_>>(), ["team"]);
    assert!(
        !seen.to_string().contains("mona\",\"name"),
        "callers of other pools are not its business: {seen}"
    );
    two.apply(|state| state["pools"]["team"]["identities"]["p1"]["weight"] = json!(7)).await.ok(200);
    assert_eq!(two.app.database.value("SELECT weight FROM identities WHERE id = 'p1'"), 7);
    assert_eq!(
        two.app.database.value("SELECT actor FROM audit_events ORDER BY seq DESC LIMIT 1"),
        "admin:lead"
    );
    assert_eq!(
        two.app.database.value("SELECT count(*) FROM identities WHERE id = 'p2'"),
        1,
        "nothing else went"
    );
}

#[tokio::test]
async fn it_reaches_no_other_pool_and_spends_no_other_secret() {
    let two = two().await;
    let app_identity = |id: &str, secret: &str| {
        json!({
            "id": id, "kind": "github_app", "login": "octopool[bot]", "secret_ref": secret, "installation_id": 9,
        })
    };
    let theirs = app_identity("a1", "THEIR_KEY");
    two.app.admin().post("/v1/admin/pools/other/identities", &theirs).await.ok(201);
    let mut ours = app_identity("", "OF_OUR_OWN");
    ours.as_object_mut().unwrap().remove("id");
    // The use of the token is noted; that is all that may change.
    two.state().await;
    let before = two.app.database.dump_without_refusals();
    let caller =
        |login: &str, status: &str| json!({"github_login": login, "status": status, "pools": ["team"]});
    let identity = |secret: &str| json!({"kind": "pat", "login": "mona", "secret_ref": secret});
    for (what, pointer, value) in [
        ("another pool", "/pools/other", json!({})),
        ("a caller's name", "/callers/1002/name", json!("Other")),
        ("a caller of another pool", "/callers/1001", caller("mona", "active")),
        ("a caller of another pool by a login that is wrong", "/callers/1001", caller("other", "active")),
        ("somebody who is to be locked out beforehand", "/callers/1003", caller("octocat", "disabled")),
        (
            "another secret of a known identity",
            "/pools/team/identities/p1/secret_ref",
            json!("OCTOPOOL_PAT_OTHER"),
        ),
        ("a secret that another pool spends", "/pools/team/identities/p3", identity("OCTOPOOL_PAT_OTHER")),
        ("an installation that another pool spends", "/pools/team/identities/p3", ours),
    ] {
        let answer = two
            .apply(|state| {
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                state.pointer_mut(parent).unwrap()[name] = value.clone();
            })
            .await;
        assert_eq!((answer.status(), answer.code().as_str()), (403, "pool_denied"), "{what}");
    }
    assert!(two.app.database.dump_without_refusals() == before, "nothing was written");
    two.apply(|state| state["pools"]["team"]["identities"]["p3"] = identity("OCTOPOOL_PAT_OF_OUR_OWN"))
        .await
        .ok(200);
    two.apply(|state| state["callers"]["1003"] = caller("octocat", "active")).await.ok(200);
}
