//! What only the runtime can show.

use std::fs;

use reqwest::Method;
use serde_json::json;

use crate::world::{ADMIN_TOKEN, AUDIT_KEY, Answer, World};

pub(crate) async fn plain_http_from_elsewhere_goes_to_https(world: &World) {
    let deployment = world.provisioned();
    let request = deployment.request(Method::GET, "/v1/pools/a/health?x=1").header("host", "pool.example");
    let answer = Answer::read(request.bearer_auth(ADMIN_TOKEN)).await;
    assert_eq!(answer.status, 308);
    deployment.ask_workerd("tests/e2e/redirect.mjs").await;
}

pub(crate) async fn a_name_that_every_object_has_is_no_secret(world: &World) {
    for name in ["constructor", "__proto__", "toString", "hasOwnProperty"] {
        let body =
            json!({"id": "prototype", "login": "mona", "secret_ref": name, "scopes": [{"owner": "acme"}]});
        let answer = world.provisioned().admin("/v1/admin/pools/runtime/identities", &body).await.ok(201);
        assert_eq!(answer["warnings"][0]["code"], "secret_binding_missing", "{name}: {answer}");
    }
}

pub(crate) async fn wrong_settings_are_named(world: &World) {
    let answer = Answer::read(world.misconfigured().request(Method::GET, "/")).await;
    answer.refused(503, "configuration_invalid");
    let fields = &answer.json()["error"]["details"]["fields"];
    assert_eq!(
        (&fields[0]["field"], &fields[1]["field"]),
        (&json!("LOGIN_ENROLLMENT"), &json!("REQUEST_TIMEOUT_MS"))
    );
}

pub(crate) async fn no_secret_is_in_the_log_or_in_the_database(world: &World) {
    let deployment = world.provisioned();
    let issued = deployment.provision("octocat", "canary").await;
    let tokens = &deployment.credentials.tokens;
    deployment.log_in(&tokens.octocat, "canary").await;
    let key = deployment.credentials.app_private_key_pem.lines().nth(5).unwrap().to_owned();
    let canaries = [
        ADMIN_TOKEN.to_owned(),
        AUDIT_KEY.to_owned(),
        issued,
        key,
        tokens.org.clone(),
        tokens.mona.clone(),
        tokens.octocat.clone(),
    ];
    let log = deployment.log();
    let files = deployment.database_files();
    assert!(!files.is_empty());
    for canary in canaries {
        assert!(!log.contains(&canary), "a secret stands in the log");
        for file in &files {
            let bytes = fs::read(file).unwrap_or_default();
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "a secret stands in {}", file.display());
        }
    }
}
