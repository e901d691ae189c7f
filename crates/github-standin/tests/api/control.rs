//! `/_standin/…`, as a script uses it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{demo, send};

#[tokio::test]
async fn faults_are_added_listed_and_cleared_over_http() {
    let demo = demo().await;
    let fault = json!({ "method": "GET", "path": "/user", "times": 1, "effect": { "kind": "respond", "status": 418 } });
    assert_eq!(demo.anon().post("/_standin/faults", &fault).await.status, 204);
    assert_eq!(demo.anon().get("/_standin/faults").await.body[0]["path"], "/user");
    assert_eq!(demo.mona().get("/user").await.status, 418);
    assert_eq!(demo.anon().get("/_standin/faults").await.body, json!([]));
    demo.anon().post("/_standin/faults", &fault).await;
    assert_eq!(send(demo.anon().request(Method::DELETE, "/_standin/faults")).await.status, 204);
    assert_eq!(demo.mona().get("/user").await.status, 200);
}

#[tokio::test]
async fn a_misspelt_fault_is_refused_with_the_reason() {
    let demo = demo().await;
    let fault = json!({ "path": "/user", "effects": { "kind": "html" } });
    let answer = demo.anon().post("/_standin/faults", &fault).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("effects"), "{}", answer.text);
}

#[tokio::test]
async fn requests_are_listed_and_forgotten_over_http() {
    let demo = demo().await;
    demo.mona().get("/user").await;
    let answer = demo.anon().get("/_standin/requests").await;
    assert_eq!(
        (&answer.body[0]["path"], &answer.body[0]["principal"]),
        (&"/user".into(), &"account:1001".into())
    );
    assert_eq!(send(demo.anon().request(Method::DELETE, "/_standin/requests")).await.status, 204);
    assert_eq!(demo.anon().get("/_standin/requests").await.body, json!([]));
}

#[tokio::test]
async fn the_state_is_summed_up_without_secrets() {
    let demo = demo().await;
    demo.installation().await;
    let answer = demo.anon().get("/_standin/state").await;
    assert_eq!(answer.body["accounts"][0], json!({ "id": 1001, "login": "mona", "type": "User" }));
    assert_eq!(answer.body["tokens"][0], "org");
    assert!(!answer.text.contains("ghp_") && !answer.text.contains("ghs_"));
}

#[tokio::test]
async fn the_new_faults_are_known_over_http() {
    let demo = demo().await;
    for (effect, status) in [
        (json!({ "kind": "not_modified" }), 304),
        (json!({ "kind": "gzip_bomb", "bytes": 1000 }), 200),
        (json!({ "kind": "headers", "headers": { "retry-after": "1", "etag": null } }), 200),
    ] {
        let fault = json!({ "path": "/user", "times": 1, "effect": effect });
        assert_eq!(demo.anon().post("/_standin/faults", &fault).await.status, 204);
        assert_eq!(demo.mona().get("/user").await.status, status, "{effect}");
    }
}

#[tokio::test]
async fn the_state_is_edited_over_http() {
    let demo = demo().await;
    let edit = async |edit: Value| demo.anon().post("/_standin/state", &edit).await;
    let private = json!({ "edit": "set_private", "repository": 5002, "private": true });
    assert_eq!(edit(private).await.status, 204);
    assert_eq!(demo.anon().get("/repos/acme/rocket").await.status, 404);
    let spent = json!({ "edit": "set_remaining", "principal": "account:1002", "resource": "core" });
    assert_eq!(edit(spent).await.status, 204);
    assert_eq!(demo.hubot().get("/user").await.status, 403);
    let client = demo.installation().await;
    assert_eq!(
        edit(json!({ "edit": "suspend", "installation": 77001, "suspended": true })).await.status,
        204
    );
    assert_eq!(client.get("/repos/acme/website").await.message(), "This installation has been suspended");
    assert_eq!(edit(json!({ "edit": "revoke", "token": "octocat" })).await.status, 204);
    assert_eq!(demo.bearer(&demo.credentials.tokens.octocat).get("/user").await.status, 401);
    let renamed = json!({ "edit": "rename_repository", "repository": 5001, "name": "site" });
    assert_eq!(edit(renamed).await.status, 204);
    assert_eq!(demo.anon().get("/repos/acme/website").await.status, 301);
    let blob = edit(json!({ "edit": "add_blob", "repository": 5001, "size": 10 })).await;
    assert_eq!((blob.status, &blob.body["sha"]), (200, &format!("{:040x}", 10).into()));
    assert_eq!(edit(json!({ "edit": "set_log_base", "url": "https://logs.example" })).await.status, 204);
    assert_eq!(edit(json!({ "edit": "set_clock", "offset": 60 })).await.status, 204);
    assert_eq!(demo.anon().get("/_standin/state").await.body["clock_offset"], 60);
}

#[tokio::test]
async fn an_edit_that_cannot_be_made_says_why() {
    let demo = demo().await;
    for (edit, reason) in [
        (json!({ "edit": "set_private", "repository": 1, "private": true }), "there is no repository 1"),
        (json!({ "edit": "revoke", "token": "x" }), "there is no token named x"),
        (json!({ "edit": "set_remaining", "principal": "x", "resource": "core" }), "there is no principal x"),
        (
            json!({ "edit": "set_remaining", "principal": "app:1", "resource": "x" }),
            "there is no rate limit x",
        ),
        (json!({ "edit": "explode" }), "explode"),
    ] {
        let answer = demo.anon().post("/_standin/state", &edit).await;
        assert_eq!(answer.status, 422, "{edit}");
        assert!(answer.text.contains(reason), "{}", answer.text);
    }
}
