//! A credential where a name belongs: refused at every door, and nowhere afterwards.

use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{pat, provision};

/// One of each form that people have in their clipboards.
fn credentials() -> Vec<String> {
    let letters = "a1B2".repeat(9);
    let mut all: Vec<_> =
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map(|prefix| format!("{prefix}{letters}")).into();
    all.extend([
        format!("github_pat_11AAAAAAA0{letters}_{letters}"),
        "ghs_4242_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MjQyIn0.c2lnbmF0dXJl".to_owned(),
        format!("op_{letters}AbCdEfG"),
        format!("opa_{letters}AbCdEfG"),
        "0123456789abcdef0123456789abcdef01234567".to_owned(),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----".to_owned(),
    ]);
    all
}

/// That it was refused, and that neither answer, log nor database has it.
#[track_caller]
fn refused(app: &TestApp, answer: &Answer, credential: &str) {
    assert_eq!(answer.status(), 400, "{}", answer.text());
    let log: String = app.log.events().iter().map(Value::to_string).collect();
    let part = credential.lines().nth(1).unwrap_or(credential);
    for (place, text) in [("answer", answer.text()), ("log", log), ("database", app.database.dump())] {
        assert!(!text.contains(part), "{part} is in the {place}: {text}");
    }
}

#[tokio::test]
async fn no_field_of_an_identity_takes_a_credential() {
    let app = TestApp::start().await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    let path = "/v1/admin/pools/team/identities";
    for credential in credentials() {
        for field in ["id", "login", "secret_ref"] {
            let mut body = pat("p2");
            body[field] = json!(credential);
            let answer = app.admin().post_once(path, &format!("{field} {}", &credential[..4]), &body).await;
            assert_eq!(answer.fields(), [field]);
            refused(&app, &answer, &credential);
        }
        for field in ["login", "secret_ref"] {
            let answer = app.admin().patch(&format!("{path}/p1"), None, &json!({ field: credential })).await;
            refused(&app, &answer, &credential);
        }
        for scope in [json!({"owner": credential}), json!({"owner": "acme", "repo": credential})] {
            let mut body = pat("p2");
            body["scopes"] = json!([scope]);
            refused(&app, &app.admin().post(path, &body).await, &credential);
        }
        let body = json!({"id": "p2", "login": "mona", "secret_ref": "PAT", &credential: "x"});
        refused(&app, &app.admin().post(path, &body).await, &credential);
    }
    let padded = json!({"id": "p2", "login": "mona", "secret_ref": format!(" {} ", credentials()[0])});
    refused(&app, &app.admin().post(path, &padded).await, &credentials()[0]);
}

#[tokio::test]
async fn no_other_name_is_a_credential() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    for credential in credentials() {
        for field in ["pool", "github_login", "name", "client"] {
            let mut body = json!({"pool": "team", "github_login": "hubot"});
            body[field] = json!(credential);
            refused(&app, &app.admin().post("/v1/admin/callers", &body).await, &credential);
        }
        for field in ["name", "pool"] {
            let mut body = json!({"name": "ci"});
            body[field] = json!(credential);
            refused(&app, &app.admin().post("/v1/admin/tokens", &body).await, &credential);
        }
        let login =
            json!({"github_token": app.credentials.tokens.hubot, "client_name": credential, "pool": "team"});
        refused(&app, &app.anon().post("/v1/login/github-cli", &login).await, &credential);
        let policy = json!({"policy": {"allowed_owners": [credential], &credential: true}});
        refused(&app, &app.admin().patch("/v1/admin/pools/team", None, &policy).await, &credential);
    }
}

#[tokio::test]
async fn no_state_document_has_a_credential_in_a_name() {
    let app = TestApp::start().await;
    let identity = json!({"login": "mona", "secret_ref": "PAT"});
    let callers = |caller: Value| json!({"pools": {"team": {}}, "callers": {"1002": caller}});
    for credential in credentials() {
        let mut named = identity.clone();
        named["secret_ref"] = json!(credential);
        for desired in [
            json!({"pools": {"team": {"identities": {"p1": named}}}}),
            json!({"pools": {"team": {"identities": {&credential: identity}}}}),
            json!({"pools": {&credential: {}}}),
            json!({"pools": {"team": {"policy": {&credential: true}}}}),
            json!({"pools": {}, &credential: 1}),
            callers(json!({"github_login": credential, "pools": ["team"]})),
            callers(json!({"github_login": "hubot", "name": credential, "pools": ["team"]})),
            callers(json!({"github_login": "hubot", "pools": [credential]})),
        ] {
            let plan = app.admin().post("/v1/admin/plan", &json!({"desired": desired})).await;
            refused(&app, &plan, &credential);
            let apply = json!({"desired": desired, "state_hash": "x"});
            refused(&app, &app.admin().post("/v1/admin/apply", &apply).await, &credential);
        }
    }
}

#[tokio::test]
async fn a_credential_in_a_path_is_not_repeated() {
    let app = TestApp::start().await;
    for credential in credentials().iter().filter(|it| !it.contains('\n')) {
        let path = format!("/v1/admin/pools/{credential}/identities");
        refused(&app, &app.admin().post(&path, &pat("p1")).await, credential);
        app.database.break_after(0);
        let path = format!("/v1/admin/callers/{credential}");
        let answer = app.admin().get(&path).await;
        app.database.clear_faults();
        let log: String = app.log.events().iter().map(Value::to_string).collect();
        assert!(!answer.text().contains(credential) && !log.contains(credential), "{log}");
    }
}
