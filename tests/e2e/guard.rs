//! On D1: a batch that breaks off because a claim is lost or an answer is kept, admin tokens, and a
//! cut of the audit.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{ADMIN_TOKEN, Answer, Deployment, World};

async fn once(deployment: &Deployment, path: &str, key: &str, body: &Value) -> Answer {
    let request = deployment.request(Method::POST, path).bearer_auth(ADMIN_TOKEN);
    Answer::read(request.header("idempotency-key", key).json(body)).await
}

pub(crate) async fn of_requests_under_one_key_one_happens(world: &World) {
    let deployment = world.provisioned();
    let body = json!({"pool": "guarded", "github_login": "hubot", "client": "guarded"});
    let send = || once(deployment, "/v1/admin/callers", "e2e-callers", &body);
    let answers = join_all((0..10).map(|_| send())).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "idempotency_in_progress");
    }
    let again = send().await;
    assert_eq!((again.header("idempotency-replayed"), &again.text), ("true", &made[0].text));
    let token = again.json()["token"].as_str().unwrap().to_owned();
    deployment.get("/v1/pools/guarded/health", &token).await.ok(200);
    let other = json!({"pool": "guarded", "github_login": "mona"});
    once(deployment, "/v1/admin/callers", "e2e-callers", &other).await.refused(422, "idempotency_key_reused");

    let identity = json!({"id": "guarded", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": []});
    let path = "/v1/admin/pools/guarded/identities";
    let first = once(deployment, path, "e2e-identities", &identity).await;
    assert_eq!(first.ok(201)["created"], true);
    assert_eq!(once(deployment, path, "e2e-identities", &identity).await.text, first.text);
    assert_eq!(once(deployment, path, "e2e-identities-2", &identity).await.ok(201)["created"], false);
}

pub(crate) async fn an_admin_token_for_one_pool_opens_that_pool_until_it_is_revoked(world: &World) {
    let deployment = world.provisioned();
    let body = json!({"name": "e2e", "pool": "guarded-2", "expires_at": "2999-01-01T00:00:00Z"});
    let created = deployment.admin("/v1/admin/tokens", &body).await.ok(201);
    let token = created["token"].as_str().unwrap();
    let identities = |pool: &str| format!("/v1/admin/pools/{pool}/identities");
    deployment.get(&identities("guarded-2"), token).await.refused(404, "pool_not_found");
    deployment.get(&identities("another"), token).await.refused(403, "pool_denied");
    let list = deployment.get("/v1/admin/tokens", ADMIN_TOKEN).await.ok(200);
    assert!(list["admin_tokens"][0]["last_used_at"].is_string(), "{list}");
    let revoke = deployment.request(Method::DELETE, "/v1/admin/tokens/e2e").bearer_auth(ADMIN_TOKEN);
    assert_eq!(Answer::read(revoke).await.status, 204);
    deployment.get(&identities("guarded-2"), token).await.refused(401, "invalid_admin_auth");
}

pub(crate) async fn the_oldest_event_is_cut_and_the_rest_stays_verifiable(world: &World) {
    let deployment = world.provisioned();
    for number in 0..3 {
        let body = json!({"id": format!("cut-{number}"), "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA"});
        deployment.admin("/v1/admin/pools/cut/identities", &body).await.ok(201);
    }
    let oldest = deployment.get("/v1/admin/audit/export?limit=2", ADMIN_TOKEN).await;
    let second: Value = serde_json::from_str(oldest.text.lines().nth(1).unwrap()).unwrap();
    let cut = deployment.admin("/v1/admin/audit/cut", &json!({"before": second["at"]})).await.ok(200);
    // Of events of one millisecond none is older than the other.
    assert!(cut["removed"].as_i64().unwrap() <= 1 && cut["done"] == true, "{cut}");
    let answer = deployment.get("/v1/admin/audit/verify", ADMIN_TOKEN).await.ok(200);
    assert_eq!(answer["ok"], true, "{answer}");
}
