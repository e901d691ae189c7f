//! A credential in the wrong place, in other forms and at other doors than `admin::credentials`
//! tries: in quotes, in lists, behind a scheme, in queries, headers and keys.

use axum::body::Body;
use http::{Method, Request};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{pat, provision, team};

const DIGITS: &str = "0123456789ABCDEF0123456789abcdef01234567";

/// What people paste: a form of a credential, and the part that must be nowhere afterwards.
fn credentials() -> Vec<(String, String)> {
    let letters = "Zy9X".repeat(9);
    let long = "Zy9X".repeat(19);
    let jwt = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJpbnN0YWxsYXRpb24ifQ.QUJDREVGR0hJSktM";
    [
        (format!("gho_{letters}"), letters.clone()),
        (format!("ghu_{letters}"), letters.clone()),
        (format!("ghr_{long}"), letters.clone()),
        (format!("ghs_{jwt}"), "QUJDREVGR0hJSktM".to_owned()),
        (jwt.to_owned(), "QUJDREVGR0hJSktM".to_owned()),
        (format!("github_pat_11ZZZZZZZ0{letters}_{letters}{letters}"), letters.clone()),
        (DIGITS.to_owned(), DIGITS.to_owned()),
        (DIGITS.to_ascii_uppercase(), DIGITS.to_ascii_uppercase()),
        (format!("v1.{DIGITS}"), DIGITS.to_owned()),
        (format!("op_{letters}AbCdEfG"), letters.clone()),
        (format!("opa_{letters}AbCdEfG"), letters),
    ]
    .into()
}

/// How they paste it.
fn pasted(credential: &str) -> Vec<String> {
    [
        credential.to_owned(),
        format!("  {credential}\t"),
        format!("\"{credential}\""),
        format!("'{credential}'"),
        format!("`{credential}`"),
        format!("<{credential}>"),
        format!("Bearer {credential}"),
        format!("token {credential}"),
        format!("GH_TOKEN={credential}"),
        format!("mona,{credential}"),
        format!("mona: {credential}."),
        format!("https://x-access-token:{credential}@github.com/acme/rocket.git"),
        format!("https://{credential}@github.com"),
        format!("\u{200b}{credential}"),
    ]
    .into()
}

fn encoded(text: &str) -> String {
    let bytes: Vec<_> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    bytes.concat()
}

/// Everything that was answered, with what must not be in it.
#[derive(Default)]
struct Hidden(Vec<String>);

impl Hidden {
    #[track_caller]
    fn refused(&mut self, answer: &Answer, secret: &str, at: &str) {
        assert!((400..500).contains(&answer.status()), "{at}: {}", answer.text());
        self.unsaid(answer, secret, at);
    }

    #[track_caller]
    fn unsaid(&mut self, answer: &Answer, secret: &str, at: &str) {
        assert!(!answer.text().contains(secret), "{at}: {}", answer.text());
        let headers = format!("{:?}", answer.headers());
        assert!(!headers.contains(secret), "{at}: {headers}");
        self.0.push(secret.to_owned());
    }

    fn is_nowhere(&self, app: &TestApp) {
        let log: String = app.log.events().iter().map(Value::to_string).collect();
        let dump = [app.database.dump(), app.edge_cache.dump(), app.coordinators.dump()].concat();
        for secret in &self.0 {
            for form in [secret.clone(), encoded(secret)] {
                assert!(!log.contains(&form), "{form} is in the log: {log}");
                assert!(!dump.contains(&form), "{form} is in the database: {dump}");
            }
        }
    }
}

#[tokio::test]
async fn no_text_that_is_stored_takes_one_in_any_wrapping() {
    let app = TestApp::start().await;
    team(&app).await;
    let mut hidden = Hidden::default();
    for (credential, secret) in credentials() {
        for text in pasted(&credential) {
            for field in ["name", "pool", "github_login", "client"] {
                let mut body = json!({"pool": "team", "github_login": "mona"});
                body[field] = json!(text);
                let answer = app.admin().post("/v1/admin/callers", &body).await;
                hidden.refused(&answer, &secret, &format!("caller {field} {text}"));
            }
            for field in ["name", "pool"] {
                let mut body = json!({"name": "ci"});
                body[field] = json!(text);
                let answer = app.admin().post("/v1/admin/tokens", &body).await;
                hidden.refused(&answer, &secret, &format!("token {field} {text}"));
            }
            for field in ["id", "login", "secret_ref", "app_id", "kind"] {
                let mut body = pat("p2");
                body[field] = json!(text);
                let answer = app.admin().post("/v1/admin/pools/team/identities", &body).await;
                hidden.refused(&answer, &secret, &format!("identity {field} {text}"));
            }
        }
    }
    hidden.is_nowhere(&app);
    assert_eq!(app.database.value("SELECT count(*) FROM callers"), 1);
    assert_eq!(app.database.value("SELECT count(*) FROM identities"), 1);
}

#[tokio::test]
async fn no_query_header_or_path_repeats_or_keeps_one() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let caller = app.bearer(&token);
    let mut hidden = Hidden::default();
    for (credential, secret) in credentials() {
        let text = encoded(&credential);
        for path in [
            format!("/v1/admin/callers?login={text}"),
            format!("/v1/admin/callers?pool={text}"),
            format!("/v1/admin/callers?status={text}"),
            format!("/v1/admin/callers?cursor={text}"),
            format!("/v1/admin/callers?{text}=1"),
            format!("/v1/admin/pools?{text}=1&{text}=2"),
            format!("/v1/admin/audit?actor={text}"),
            format!("/v1/admin/audit?action={text}"),
            format!("/v1/admin/audit?since={text}"),
            format!("/v1/admin/doctor?pool={text}"),
            format!("/v1/admin/pools/{text}"),
            format!("/v1/admin/callers/{text}"),
            format!("/v1/admin/pools/team/identities/{text}"),
            format!("/v1/admin/{text}"),
            format!("/{text}"),
        ] {
            hidden.unsaid(&app.admin().get(&path).await, &secret, &path);
        }
        for path in [
            format!("/v1/pools/{text}/health"),
            format!("/v1/pools/team/stats?client={text}"),
            format!("/v1/pools/team/stats?since={text}"),
            format!("/v1/pools/team/{text}"),
        ] {
            hidden.unsaid(&caller.get(&path).await, &secret, &path);
        }
        for path in [
            format!("/v1/admin/pools/team/identities/{text}/verify"),
            format!("/v1/admin/callers?dry_run={text}"),
            format!("/v1/admin/callers?{text}=true"),
        ] {
            let body = json!({"pool": "team", "github_login": "hubot"});
            hidden.unsaid(&app.admin().post(&path, &body).await, &secret, &path);
        }
        let policy = json!({"policy": {"allowed_owners": ["acme"]}});
        for tag in [credential.clone(), format!("\"{credential}\""), format!("W/\"{credential}\"")] {
            let answer = app.admin().patch("/v1/admin/pools/team", Some(&tag), &policy).await;
            hidden.unsaid(&answer, &secret, "if-match");
        }
        let get = |name: &str, value: &str| {
            Request::get("http://localhost:8787/api/v3/user").header(name, value).body(Body::empty()).unwrap()
        };
        for name in ["x-octopool-pool", "if-none-match", "x-request-id", "user-agent", "cookie"] {
            hidden.unsaid(&caller.send(get(name, &credential)).await, &secret, name);
        }
        let answer = app.admin().post_raw("/v1/admin/callers", &credential, "{}").await;
        hidden.refused(&answer, &secret, "content-type");
        let path = format!("/v1/admin/callers/{text}/pools/{text}");
        hidden.unsaid(&app.admin().request(Method::DELETE, &path).await, &secret, &path);
    }
    hidden.is_nowhere(&app);
}

#[tokio::test]
async fn a_key_of_a_document_repeats_none() {
    let app = TestApp::start().await;
    team(&app).await;
    let mut hidden = Hidden::default();
    for (credential, secret) in credentials() {
        for body in [
            format!(r#"{{"{credential}":1,"{credential}":2}}"#),
            format!(r#"{{"desired":{{"pools":{{"{credential}":{{}},"{credential}":{{}}}}}}}}"#),
            format!(
                r#"{{"desired":{{"pools":{{"team":{{"identities":{{"p1":{{"x":{{"{credential}":1}}}}}}}}}}}}}}"#
            ),
            format!(r#"{{"desired":{{"pools":{{"team":{{"x {credential}":1}}}}}}}}"#),
            format!(
                r#"{{"desired":{{"callers":{{"{credential}":{{"github_login":"mona","pools":["team"]}}}}}}}}"#
            ),
            format!(
                r#"{{"desired":{{"callers":{{"1001":{{"github_login":"mona","pools":["team"],"clients":{{"{credential}":{{"token_digest":"x"}}}}}}}}}}}}"#
            ),
            format!(
                r#"{{"desired":{{"callers":{{"1001":{{"github_login":"mona","pools":["team"],"status":"{credential}"}}}}}}}}"#
            ),
            format!(
                r#"{{"desired":{{"callers":{{"1001":{{"github_login":"mona","pools":["team"],"clients":{{"ci":{{"token_digest":"{credential}"}}}}}}}}}}}}"#
            ),
            format!(
                r#"{{"desired":{{"pools":{{"team":{{"policy":{{"allowed_owners":["acme","{credential}"]}}}}}}}}}}"#
            ),
            format!(
                r#"{{"desired":{{"pools":{{"team":{{"identities":{{"p1":{{"login":"mona","secret_ref":"PAT","scopes":["{credential}"]}}}}}}}}}}}}"#
            ),
            format!(
                r#"{{"desired":{{"pools":{{"team":{{"identities":{{"p1":{{"login":"mona","secret_ref":"PAT","scopes":[{{"owner":"acme","repo":"{credential}"}}]}}}}}}}}}}}}"#
            ),
            format!(r#"{{"desired":{{"pools":{{}}}},"state_hash":"{credential}","{credential}":1}}"#),
            credential.clone(),
            format!("[\"{credential}\"]"),
        ] {
            for path in ["/v1/admin/plan", "/v1/admin/apply", "/v1/admin/callers", "/v1/admin/tokens"] {
                let answer = app.admin().post_raw(path, "application/json", body.clone()).await;
                hidden.refused(&answer, &secret, &format!("{path} {body}"));
            }
        }
        // A login ignores fields that it does not know.
        let login = json!({"github_token": "ghp_wrong", "client_name": "ci", &credential: &credential});
        hidden.unsaid(&app.anon().post("/v1/login/github-cli", &login).await, &secret, "login");
    }
    hidden.is_nowhere(&app);
}

#[tokio::test]
async fn a_failure_that_is_logged_does_not_log_a_credential_in_its_path() {
    let app = TestApp::start().await;
    team(&app).await;
    let mut hidden = Hidden::default();
    for (credential, secret) in credentials() {
        for path in [
            format!("/v1/admin/callers/{credential}"),
            format!("/v1/admin/callers/{}", encoded(&credential)),
            format!("/v1/admin/callers/{}", credential.replace('_', "%5F").replace('.', "%2E")),
            format!("/v1/admin/callers/x/clients/{}", encoded(&credential)),
        ] {
            app.database.break_after(0);
            let answer = app.admin().get(&path).await;
            let deleted = app.admin().delete(&path).await;
            app.database.clear_faults();
            hidden.unsaid(&answer, &secret, &path);
            hidden.unsaid(&deleted, &secret, &path);
        }
    }
    hidden.is_nowhere(&app);
}

#[tokio::test]
async fn names_that_only_look_like_one_stay_names() {
    let app = TestApp::start().await;
    for name in ["Mona (ghp_ tokens)", "op_reader", "Build 0123456789abcdef", "v1.2.3", "O'Neil \"M\""] {
        let body = json!({"pool": "team", "github_login": "mona", "name": name});
        let answer = app.admin().post("/v1/admin/callers", &body).await.ok(201);
        assert_eq!(answer["caller"]["name"], name);
    }
    for client in ["ghp_mona", "github_pat_ci", "runner-0123456789abcdef0123456789abcdef01234567"] {
        let body = json!({"pool": "team", "github_login": "mona", "client": client});
        app.admin().post("/v1/admin/callers", &body).await.ok(201);
    }
    provision(&app, "hubot", "ghs_pool").await;
}
