//! Each endpoint's happy path.

use octopool_testkit::github::demo;
use reqwest::Method;
use serde_json::json;

use crate::world::{Answer, World};

const IDENTITIES: &str = "/v1/admin/pools/endpoints/identities";

pub(crate) async fn discovery_names_this_origin(world: &World) {
    let deployment = world.provisioned();
    let answer = Answer::read(deployment.request(Method::GET, "/.well-known/octopool")).await;
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let body = answer.ok(200);
    assert_eq!((&body["service"], &body["version"]), (&json!("octopool"), &json!(1)));
    assert_eq!(
        (&body["api_base"], &body["app_base"]),
        (&json!(deployment.base()), &json!(deployment.base()))
    );
    assert_eq!((&body["allowed_org"], &body["default_pool"]), (&json!("acme"), &json!("maintainers")));
}

pub(crate) async fn the_root_is_json_or_a_page(world: &World) {
    let deployment = world.provisioned();
    let answer = Answer::read(deployment.request(Method::GET, "/")).await;
    assert_eq!(answer.ok(200)["service"], "octopool");
    assert_eq!((answer.header("vary"), answer.header("cache-control")), ("Accept", "no-store"));
    let page = Answer::read(deployment.request(Method::GET, "/").header("accept", "text/html")).await;
    assert!(page.text.starts_with("<!doctype html>"));
}

pub(crate) async fn a_member_is_provisioned_and_reads_the_pools_health(world: &World) {
    let deployment = world.provisioned();
    let body = json!({"pool": "endpoints", "github_login": "mona", "name": "Mona \u{1f419}"});
    let answer = deployment.admin("/v1/admin/callers", &body).await.ok(201);
    assert_eq!(answer["caller"]["github_user_id"], 1001);
    assert_eq!(answer["caller"]["name"], "Mona \u{1f419}");
    let token = answer["token"].as_str().unwrap();
    let health = deployment.get("/v1/pools/endpoints/health", token).await.ok(200);
    assert!(health["identities_total"].is_u64() && health["identities_healthy"].is_u64(), "{health}");
    assert_eq!(health["policy_version"], 1);
    let rewrites = deployment.get("/v1/pools/endpoints/string-rewrites", token).await.ok(200);
    assert_eq!((&rewrites["revision"], &rewrites["rules"]), (&json!(1), &json!([])));
    deployment.get("/v1/pools/other/health", token).await.refused(401, "invalid_auth");
    deployment.get("/v1/pools/endpoints/health", "op_wrong").await.refused(401, "invalid_auth");
    let anonymous = Answer::read(deployment.request(Method::GET, "/v1/pools/endpoints/health")).await;
    anonymous.refused(401, "missing_auth");
    assert!(anonymous.header("www-authenticate").starts_with("Bearer"));
}

pub(crate) async fn a_login_gives_a_token_for_one_client(world: &World) {
    let deployment = world.provisioned();
    deployment.provision("octocat", "maintainers").await;
    let octocat = &deployment.credentials.tokens.octocat;
    let first = deployment.log_in(octocat, "Laptop.local").await.ok(201);
    assert_eq!(first["caller"]["client_name"], "Laptop");
    let second = deployment.log_in(octocat, "Laptop").await.ok(201);
    let health = "/v1/pools/maintainers/health";
    deployment.get(health, first["token"].as_str().unwrap()).await.refused(401, "invalid_auth");
    deployment.get(health, second["token"].as_str().unwrap()).await.ok(200);
    deployment.log_in(&deployment.credentials.tokens.mallory, "x").await.refused(403, "org_member_denied");
    let wrong = deployment.log_in("ghp_wrong", "x").await;
    wrong.refused(401, "github_auth_failed");
    assert!(wrong.json()["error"]["details"]["github_rate_limit_remaining"].is_string());
}

pub(crate) async fn identities_are_registered_updated_and_refused(world: &World) {
    let deployment = world.provisioned();
    let mut pat = json!({
        "id": "endpoints-pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA",
        "scopes": [{"owner": "acme", "repo": "rocket", "allow_private": true}, {"owner": "*"}],
    });
    let created = deployment.admin(IDENTITIES, &pat).await.ok(201);
    assert_eq!((&created["created"], &created["warnings"]), (&json!(true), &json!([])));
    assert_eq!(created["identity"]["installation_id"], json!(null));
    pat["weight"] = json!(0);
    pat["scopes"] = json!([]);
    let updated = deployment.admin(IDENTITIES, &pat).await.ok(201);
    assert_eq!((&updated["created"], &updated["identity"]["weight"]), (&json!(false), &json!(0)));
    deployment.admin("/v1/admin/pools/elsewhere/identities", &pat).await.refused(409, "identity_conflict");
    let refused = deployment.admin(IDENTITIES, &json!({"id": "x y", "scopes": [{"owner": ""}]})).await;
    refused.refused(400, "invalid_request");
    assert_eq!(refused.json()["error"]["details"]["fields"].as_array().unwrap().len(), 4);
}

pub(crate) async fn integers_are_integers_also_at_their_limits(world: &World) {
    let deployment = world.provisioned();
    let app = json!({
        "id": "endpoints-app", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": 9_007_199_254_740_991_i64, "weight": 1_000_000, "scopes": [{"owner": "acme"}],
    });
    let answer = deployment.admin(IDENTITIES, &app).await.ok(201);
    assert_eq!(answer["identity"]["installation_id"].as_i64(), Some(9_007_199_254_740_991));
    let verified = deployment.admin(&format!("{IDENTITIES}/endpoints-app/verify"), &json!({})).await.ok(200);
    assert_eq!(
        verified["ok"], false,
        "GitHub has no such installation, and was asked for this very number: {verified}"
    );
    let path = "/app/installations/9007199254740991/access_tokens";
    assert!(deployment.github.requests().iter().any(|request| request.path == path));
}

pub(crate) async fn members_enroll_themselves_where_the_operator_lets_them(world: &World) {
    let deployment = world.org_members();
    let hubot = &deployment.credentials.tokens.hubot;
    let answer = deployment.log_in(hubot, "ci").await.ok(201);
    assert_eq!(answer["caller"]["pool"], "maintainers");
    let body = json!({"github_token": hubot, "pool": "other"});
    Answer::read(deployment.request(Method::POST, "/v1/login/github-cli").json(&body))
        .await
        .refused(403, "pool_denied");
    deployment.log_in(&deployment.credentials.tokens.newbie, "ci").await.refused(403, "org_member_denied");
}

pub(crate) async fn a_stale_proof_of_membership_is_renewed(world: &World) {
    let deployment = world.org_members();
    let token =
        deployment.log_in(&deployment.credentials.tokens.octocat, "stale").await.ok(201)["token"].clone();
    let (health, token) = ("/v1/pools/maintainers/health", token.as_str().unwrap());
    deployment.get(health, token).await.ok(200);
    let renewed = deployment.github.requests().iter().any(|request| {
        request.path == "/orgs/acme/memberships/octocat" && request.token.as_deref() == Some("org")
    });
    assert!(renewed);
    let membership =
        deployment.github.edit(|state| state.memberships.remove(demo::ACME, demo::OCTOCAT)).unwrap();
    deployment.get(health, token).await.refused(403, "org_member_denied");
    deployment.github.edit(|state| state.memberships.set(demo::ACME, demo::OCTOCAT, membership));
    deployment.get(health, token).await.ok(200);
}

pub(crate) async fn methods_and_paths_that_are_not_there(world: &World) {
    let deployment = world.provisioned();
    let answer = Answer::read(deployment.request(Method::DELETE, "/v1/login/github-cli")).await;
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "POST");
    Answer::read(deployment.request(Method::GET, "/nothing/here")).await.refused(404, "not_found");
    let head = Answer::read(deployment.request(Method::HEAD, "/.well-known/octopool")).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert!(head.headers.get("access-control-allow-origin").is_none());
}
