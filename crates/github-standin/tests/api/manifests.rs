//! Registering an App from a manifest: the pages, the code, and what the new App can do.

use octopool_github_standin::sign_jwt;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Demo, demo, send};

const NEW: &str = "/organizations/acme/settings/apps/new?state=s1";

fn manifest() -> Value {
    json!({
        "name": "octopool-acme", "url": "https://pool.example", "redirect_url": "http://127.0.0.1:9/callback",
        "hook_attributes": { "url": "https://pool.example", "active": false }, "public": false,
        "default_permissions": { "contents": "read", "metadata": "read" },
    })
}

async fn post(demo: &Demo, path: &str, fields: &[(&str, &str)]) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = demo.anon().request(Method::POST, path);
    send(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
}

/// Confirms the manifest under a name that is free, and answers the code.
async fn code(demo: &Demo) -> String {
    let manifest = manifest().to_string();
    let fields = [("manifest", manifest.as_str()), ("name", "Pool of acme"), ("state", "s1")];
    let answer = post(demo, "/organizations/acme/settings/apps", &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text);
    let query = answer.header("location").strip_prefix("http://127.0.0.1:9/callback?").unwrap();
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!((pairs[0].0.as_str(), &pairs[1]), ("code", &("state".to_owned(), "s1".to_owned())));
    pairs[0].1.clone()
}

#[tokio::test]
async fn an_app_from_a_manifest_is_installed_and_its_token_works() {
    let demo = demo().await;
    let manifest = manifest().to_string();
    let page = post(&demo, NEW, &[("manifest", &manifest)]).await;
    assert!(
        page.text.contains("Create GitHub App for acme") && page.text.contains("value='s1'"),
        "{}",
        page.text
    );
    let path = format!("/app-manifests/{}/conversions", code(&demo).await);
    let app = demo.anon().post(&path, &json!({})).await;
    assert_eq!((app.status, &app.body["slug"]), (201, &json!("pool-of-acme")), "{}", app.text);
    assert_eq!(demo.anon().post(&path, &json!({})).await.status, 404, "a code is used once");
    let now = demo.now();
    let claims = json!({ "iss": app.body["client_id"], "iat": now - 60, "exp": now + 540 });
    let as_app = demo.bearer(&sign_jwt(app.body["pem"].as_str().unwrap(), &claims).unwrap());
    assert_eq!(as_app.get("/app").await.body["id"], app.body["id"]);
    assert_eq!(as_app.get("/app/installations").await.body, json!([]), "the other App's are not its own");
    assert_eq!(as_app.get("/app/installations/77001").await.status, 404);
    assert_eq!(as_app.post("/app/installations/77001/access_tokens", &json!({})).await.status, 404);
    let installed = post(&demo, "/apps/pool-of-acme/installations/new", &[]).await;
    assert_eq!(installed.status, 302);
    let installations = as_app.get("/app/installations").await.body;
    let id = installations[0]["id"].as_u64().unwrap();
    assert_eq!(installations[0]["account"]["login"], "acme");
    assert!(installed.header("location").ends_with(&format!("/settings/installations/{id}")));
    let token = as_app.post(&format!("/app/installations/{id}/access_tokens"), &json!({})).await;
    let token = demo.bearer(token.body["token"].as_str().unwrap());
    assert_eq!(token.get("/repos/acme/secret-plans").await.status, 200);
}

#[tokio::test]
async fn a_code_is_good_for_an_hour() {
    let demo = demo().await;
    let code = code(&demo).await;
    demo.github.edit(|state| state.clock.offset = 3600);
    let path = format!("/app-manifests/{code}/conversions");
    assert_eq!(demo.anon().post(&path, &json!({})).await.status, 404);
}

#[tokio::test]
async fn what_github_would_not_register_is_refused() {
    let demo = demo().await;
    for (field, value) in [
        ("url", Value::Null),
        ("redirect_url", json!("nowhere")),
        ("hook_attributes", json!({ "active": false })),
        ("hook_attributes", json!({ "url": "http://127.0.0.1:8787", "active": false })),
        ("default_permissions", json!({ "contents": "all" })),
    ] {
        let mut manifest = manifest();
        manifest[field] = value;
        let page = post(&demo, NEW, &[("manifest", &manifest.to_string())]).await;
        assert_eq!(page.status, 422, "{field}: {}", page.text);
    }
    assert_eq!(post(&demo, NEW, &[]).await.status, 422);
    assert_eq!(post(&demo, &NEW.replace("acme", "nobody"), &[]).await.status, 404);
    let manifest = manifest().to_string();
    for name in ["octopool acme", "", &"x".repeat(35)] {
        let fields = [("manifest", manifest.as_str()), ("name", name)];
        let page = post(&demo, "/settings/apps", &fields).await;
        assert!(page.text.contains("id=problem>Name is"), "{name}: {}", page.text);
    }
}

#[tokio::test]
async fn another_key_can_be_generated_and_both_count() {
    let demo = demo().await;
    let path = format!("/app-manifests/{}/conversions", code(&demo).await);
    let app = demo.anon().post(&path, &json!({})).await.body;
    let settings = "/organizations/acme/settings/apps/pool-of-acme";
    assert!(demo.anon().get(settings).await.text.contains("Generate a private key"));
    let key = post(&demo, &format!("{settings}/keys"), &[]).await.text;
    let now = demo.now();
    for pem in [app["pem"].as_str().unwrap(), &key] {
        let jwt = sign_jwt(pem, &json!({ "iss": app["id"], "iat": now - 60, "exp": now + 540 })).unwrap();
        assert_eq!(demo.bearer(&jwt).get("/app").await.status, 200);
    }
}
