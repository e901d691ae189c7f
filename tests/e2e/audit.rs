//! The audit on D1: its chain is made after the answers, by the runtime's own background work.

use reqwest::Method;
use serde_json::json;

use crate::world::{ADMIN_TOKEN, Answer, World};

pub(crate) async fn what_happened_is_listed_and_its_chain_holds(world: &World) {
    let deployment = world.provisioned();
    for number in 0..5 {
        let body =
            json!({"id": format!("audited-{number}"), "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA"});
        deployment.admin("/v1/admin/pools/audited/identities", &body).await.ok(201);
    }
    let list = deployment.get("/v1/admin/audit?pool=audited&limit=2", ADMIN_TOKEN).await;
    let events = list.ok(200)["events"].clone();
    assert_eq!((events[0]["subject"].clone(), events.as_array().unwrap().len()), (json!("audited-4"), 2));
    assert!(list.header("link").contains("rel=\"next\""));
    let answer = deployment.get("/v1/admin/audit/verify", ADMIN_TOKEN).await.ok(200);
    assert_eq!(answer["ok"], true, "{answer}");
    assert!(answer["checked"].as_i64().unwrap() >= 5, "{answer}");
    Answer::read(deployment.request(Method::GET, "/v1/admin/audit")).await.refused(401, "missing_auth");
}
