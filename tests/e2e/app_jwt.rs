//! The App JWT: claims by `jwt-compact`, signature by WebCrypto, checked by the stand-in.

use octopool_testkit::github::{Principal, demo};
use serde_json::{Value, json};

use crate::world::World;

const IDENTITIES: &str = "/v1/admin/pools/app-jwt/identities";

async fn verify(world: &World, id: &str, secret_ref: &str) -> Value {
    let deployment = world.provisioned();
    let app = json!({
        "id": id, "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": secret_ref,
        "installation_id": demo::INSTALLATION, "scopes": [{"owner": "acme"}],
    });
    deployment.admin(IDENTITIES, &app).await.ok(201);
    deployment.admin(&format!("{IDENTITIES}/{id}/verify"), &json!({})).await.ok(200)
}

pub(crate) async fn webcrypto_signs_a_jwt_that_github_takes(world: &World) {
    let answer = verify(world, "app", "OCTOPOOL_APP_KEY").await;
    assert_eq!(answer["ok"], true, "{answer}");
    let minted = world.provisioned().github.requests().into_iter().any(|request| {
        request.path == "/app/installations/77001/access_tokens"
            && request.principal == Principal::App(demo::APP)
            && !request.rejected
    });
    assert!(minted, "the stand-in saw the App itself ask for a token");
}

pub(crate) async fn a_key_that_is_none_is_a_clear_fault(world: &World) {
    for (id, secret_ref, check) in [
        ("no-key", "OCTOPOOL_NO_KEY", "key_usable"),
        ("foreign", "OCTOPOOL_FOREIGN_KEY", "app_accepted"),
        ("absent", "OCTOPOOL_NOT_SET", "secret_present"),
    ] {
        let answer = verify(world, id, secret_ref).await;
        let last = answer["checks"].as_array().unwrap().last().unwrap();
        assert_eq!((&answer["ok"], &last["check"]), (&json!(false), &json!(check)), "{answer}");
        assert!(last["fix"].is_string());
    }
}
