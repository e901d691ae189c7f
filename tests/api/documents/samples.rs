//! Every `curl` sample of `docs/API.md` works: a shell splits it into words, and the router gets
//! the request.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use axum::body::Body;
use http::Request;
use octopool_testkit::TestApp;
use serde_json::json;

use super::root;
use crate::support::{named_admin, narrow, pat};

/// A sample with the section that it is from.
struct Sample {
    /// `METHOD path` as in the heading.
    heading: String,
    script: String,
    status: u16,
}

fn samples() -> Vec<Sample> {
    let text = fs::read_to_string(root().join("docs/API.md")).unwrap();
    let sections = text.split("\n#### `").skip(1);
    sections
        .map(|section| {
            let heading = section.split('`').next().unwrap().to_owned();
            let script = section.split("```sh\n").nth(1).and_then(|rest| rest.split("\n```").next());
            assert!(script.is_some(), "{heading} has no sample");
            let script = script.unwrap().to_owned();
            let status = section.split("\nAnswers ").nth(1).and_then(|rest| rest.get(..3));
            let status = status.and_then(|status| status.parse().ok());
            assert!(status.is_some(), "{heading} does not say what its sample answers");
            let status = status.unwrap();
            Sample { heading, script, status }
        })
        .collect()
}

/// The words that `curl` would get from a shell with these variables and no others.
fn words(script: &str, variables: &BTreeMap<&str, String>) -> Vec<String> {
    // An unknown variable fails (`-u`), and so does any program but this `curl`: there is no PATH.
    let script = format!("set -eu\ncurl() {{ printf '%s\\0' \"$@\"; }}\n{script}");
    let output = Command::new("/bin/sh").arg("-c").arg(&script).env_clear().envs(variables).output().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    let words = String::from_utf8(output.stdout).unwrap();
    words.split_terminator('\0').map(str::to_owned).collect()
}

/// The request that `curl` would send.
fn request(words: &[String]) -> Request<Body> {
    let mut request = Request::builder();
    let (mut method, mut body) = (None, Body::empty());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next().map(String::as_str),
            "-H" => {
                let (name, value) = words.next().unwrap().split_once(": ").unwrap();
                request = request.header(name, value);
            }
            "-d" => {
                method = method.or(Some("POST"));
                body = words.next().unwrap().clone().into();
            }
            address => {
                assert!(address.starts_with("http"), "the samples have no other option: {address}");
                request = request.uri(address);
            }
        }
    }
    request.method(method.unwrap_or("GET")).body(body).unwrap()
}

/// What the document says of its samples: a pool, an identity, a caller with a client, a named
/// admin token.
async fn world(app: &TestApp, heading: &str) -> BTreeMap<&'static str, String> {
    let identity = app.admin().post("/v1/admin/pools/maintainers/identities", &pat("mona")).await;
    identity.ok(201);
    named_admin(app, "release", None).await;
    let provision = json!({"pool": "maintainers", "github_login": "hubot", "client": "ci"});
    let caller = app.admin().post("/v1/admin/callers", &provision).await.ok(201);
    let id = caller["caller"]["id"].as_str().unwrap();
    match heading {
        // A pool is deleted when nobody uses it.
        "DELETE /v1/admin/pools/{pool}" => {
            for path in
                [format!("callers/{id}/pools/maintainers"), "pools/maintainers/identities/mona".into()]
            {
                assert_eq!(app.admin().delete(&format!("/v1/admin/{path}")).await.status(), 204);
            }
        }
        // Only a token without scopes is used for queries.
        "POST /api/graphql" | "POST /graphql" => narrow(app),
        // A name is free when its token is revoked.
        "POST /v1/admin/tokens" => {
            assert_eq!(app.admin().delete("/v1/admin/tokens/release").await.status(), 204);
        }
        _ => {}
    }
    let state = app.admin().get("/v1/admin/state").await.ok(200);
    BTreeMap::from([
        ("OCTOPOOL_URL", "http://localhost:8787".to_owned()),
        ("OCTOPOOL_ADMIN_TOKEN", app.admin_token().to_owned()),
        ("OCTOPOOL_TOKEN", caller["token"].as_str().unwrap().to_owned()),
        ("GITHUB_TOKEN", app.credentials.tokens.hubot.clone()),
        ("CALLER", id.to_owned()),
        ("STATE_HASH", state["state_hash"].as_str().unwrap().to_owned()),
    ])
}

#[tokio::test]
async fn every_sample_of_the_api_document_is_answered_as_it_says() {
    let samples = samples();
    assert!(samples.len() > 30, "{} samples", samples.len());
    for Sample { heading, script, status } in samples {
        let app = TestApp::start().await;
        let words = words(&script, &world(&app, &heading).await);
        let request = request(&words);
        let (method, path) = heading.split_once(' ').unwrap();
        assert_eq!(request.method(), method, "{heading}: {script}");
        let fixed = path.split('{').next().unwrap();
        assert!(request.uri().path().starts_with(fixed), "{heading}: {script}");
        let answer = app.anon().send(request).await;
        assert_eq!(answer.status(), status, "{heading}: {script}\n{}", answer.text());
    }
}
