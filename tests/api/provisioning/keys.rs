//! Private keys and tokens as operators put them into secrets: what works, and what each other one
//! is called.

use octopool_testkit::TestApp;
use octopool_testkit::github::{demo, keys};
use serde_json::{Value, json};

use crate::support::{register, register_app};

async fn verify(app: &TestApp, id: &str) -> Value {
    app.admin().post(&format!("/v1/admin/pools/team/identities/{id}/verify"), &json!({})).await.ok(200)
}

/// The only check that failed.
#[track_caller]
fn failed(answer: &Value) -> (&str, &str) {
    let checks = answer["checks"].as_array().unwrap();
    let failed: Vec<_> = checks.iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(failed.len(), 1, "{answer}");
    (failed[0]["check"].as_str().unwrap(), failed[0]["problem"].as_str().unwrap())
}

#[tokio::test]
async fn a_key_works_in_every_form_that_says_the_same() {
    let app = TestApp::start().await;
    register_app(&app, "app", demo::INSTALLATION).await;
    let pkcs1 = app.credentials.app_private_key_pem.clone();
    for pem in [pkcs1.clone(), keys::to_pkcs8_pem(&pkcs1).unwrap()] {
        for (form, text) in [
            ("as it is", pem.clone()),
            ("CRLF", pem.replace('\n', "\r\n")),
            ("escaped CRLF", pem.replace('\n', "\\r\\n")),
            ("escaped", pem.trim().replace('\n', "\\n")),
            ("a byte order mark", format!("\u{feff}{pem}")),
            ("a byte order mark, CRLF", format!("\u{feff}{}", pem.replace('\n', "\r\n"))),
            ("blank lines around", format!("\n\n{pem}\n \n")),
            ("no last line end", pem.trim_end().to_owned()),
            ("quotes of an .env file", format!("\"{}\"", pem.trim().replace('\n', "\\n"))),
            ("quotes with real lines", format!("\"{pem}\"")),
            ("indented as in YAML", format!("    {}", pem.replace('\n', "\n    "))),
        ] {
            app.secrets.set("OCTOPOOL_APP_KEY", &text);
            app.new_isolate();
            assert_eq!(verify(&app, "app").await["ok"], true, "{form}");
        }
    }
}

const LINES: &str = "MHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVJk5oG7M8S4rmDDqoAoGCCqGSM49";

fn block(tag: &str, header: &str) -> String {
    format!("-----BEGIN {tag}-----\n{header}{LINES}\n-----END {tag}-----\n")
}

#[tokio::test]
async fn what_is_no_usable_key_is_called_what_it_is() {
    let app = TestApp::start().await;
    register_app(&app, "app", demo::INSTALLATION).await;
    let pem = app.credentials.app_private_key_pem.clone();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let encrypted = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n";
    for (secret, words) in [
        (block("RSA PRIVATE KEY", encrypted), "passphrase"),
        (block("ENCRYPTED PRIVATE KEY", ""), "passphrase"),
        (block("OPENSSH PRIVATE KEY", "").replace('\n', "\\n"), "OpenSSH"),
        (block("EC PRIVATE KEY", ""), "not an RSA private key"),
        (block("PUBLIC KEY", ""), "not an RSA private key"),
        (block("CERTIFICATE", ""), "not an RSA private key"),
        (block("RSA PUBLIC KEY", ""), "not an RSA private key"),
        (block("DSA PRIVATE KEY", ""), "not an RSA private key"),
        (block("PRIVATE KEY", ""), "damaged"),
        (pem.lines().take(9).collect::<Vec<_>>().join("\n"), "first and last line"),
        (body, "first and last line"),
        ("your-app.2026-01-01.private-key.pem".to_owned(), "first and last line"),
        (format!("ghs_{}", "Zy9X".repeat(9)), "is a token"),
        (format!("\u{feff}github_pat_{}", "Zy9X".repeat(20)), "is a token"),
    ] {
        app.secrets.set("OCTOPOOL_APP_KEY", &secret);
        app.new_isolate();
        let answer = verify(&app, "app").await;
        let (check, problem) = failed(&answer);
        assert_eq!(check, "key_usable", "{words}");
        assert!(problem.contains(words), "{words}: {problem}");
    }
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn what_is_no_usable_token_is_called_what_it_is_and_not_sent() {
    let app = TestApp::start().await;
    register(&app, json!({})).await;
    let token = format!("ghp_{}", "Zy9X".repeat(9));
    for (secret, words) in [
        (format!("{token}\n{token}"), "several lines"),
        (format!("{token}\r\n# of mona"), "several lines"),
        (format!("\u{feff}{token}"), "byte order mark"),
        (format!("\"{token}\""), "quotes"),
        (format!("'{token}'"), "quotes"),
        (format!("Bearer {token}"), "`Bearer`"),
        (format!("token {token}"), "`Bearer`"),
        (format!("{token} # of mona"), "space"),
        (format!("{token}\u{a0}x"), "space"),
        (format!("{token}\u{200b}"), "character"),
        (block("PRIVATE KEY", ""), "private key"),
    ] {
        for (name, check) in
            [("OCTOPOOL_PAT_MONA", "token_accepted"), ("OCTOPOOL_GITHUB_ORG_TOKEN", "org_token_accepted")]
        {
            let tokens = &app.credentials.tokens;
            let good = if name == "OCTOPOOL_PAT_MONA" { &tokens.mona } else { &tokens.org };
            app.secrets.set(name, &secret);
            app.new_isolate();
            let problems = if name == "OCTOPOOL_PAT_MONA" {
                verify(&app, "p1").await
            } else {
                app.admin().get("/v1/admin/doctor").await.ok(200)
            };
            let checks = problems["checks"].as_array().unwrap();
            let found = checks.iter().find(|found| found["check"] == check).unwrap();
            assert!(found["problem"].as_str().unwrap().contains(words), "{words}: {found}");
            app.secrets.set(name, good);
        }
    }
}
