//! The REST form as clients walk it: every address of GitHub's API that they are given leads here.

use std::collections::BTreeMap;
use std::path::Path;

use octopool_core::relay::{Holds, with_addresses_at};
use octopool_testkit::github::{Effect, Fault};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{read, team};

const BASES: [&str; 2] = ["/api/v3", ""];
const HERE: &str = "http://localhost:8787";

async fn get(app: &TestApp, token: &str, address: &str) -> Answer {
    let path = address.strip_prefix(HERE).unwrap_or(address);
    let request =
        http::Request::get(format!("{HERE}{path}")).header("authorization", format!("token {token}"));
    app.anon().send(request.body(axum::body::Body::empty()).unwrap()).await
}

/// Every string of a body, with the name of its member.
fn strings<'a>(value: &'a Value, name: &'a str, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => found.push((name, text)),
        Value::Array(items) => items.iter().for_each(|item| strings(item, name, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| strings(value, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[tokio::test]
async fn no_answer_leads_to_another_host_of_the_api() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let github = app.github.base_url().to_owned();
    for base in BASES {
        for path in [
            "/repos/acme/rocket",
            "/repos/acme/rocket/pulls?per_page=2",
            "/repos/acme/rocket/pulls/1",
            "/repos/acme/rocket/issues",
            "/repos/acme/rocket/contents",
            "/repos/acme/rocket/releases",
            "/repos/acme/rocket/actions/runs",
            "/repos/acme/rocket/commits",
            "/users/mona",
            "/user",
        ] {
            let answer = get(&app, &token, &format!("{base}{path}")).await;
            assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
            let body = answer.json();
            let (mut found, mut moved) = (Vec::new(), 0);
            strings(&body, "", &mut found);
            for (name, text) in found {
                assert!(!text.starts_with(&github), "{base}{path}: {name} is {text}");
                moved += usize::from(text.starts_with(&format!("{HERE}{base}/")));
            }
            assert!(moved > 0, "{base}{path}");
            assert!(answer.header("etag").is_none_or(|etag| etag.starts_with("W/")), "{path}");
        }
        let pull = get(&app, &token, &format!("{base}/repos/acme/rocket/pulls/1")).await.json();
        for address in [&pull["url"], &pull["_links"]["self"]["href"], &pull["head"]["repo"]["url"]] {
            assert_eq!(get(&app, &token, address.as_str().unwrap()).await.status(), 200, "{address}");
        }
    }
    let envelope = read(&app, &token, "/repos/acme/rocket").await.json();
    assert_eq!(envelope["body"]["url"], format!("{github}/repos/acme/rocket"), "as GitHub wrote it");
}

#[tokio::test]
async fn what_people_wrote_is_left_alone_byte_for_byte() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let github = app.github.base_url().to_owned();
    let path = "/repos/acme/rocket/issues/1";
    let text = format!("see {github}/repos/a/b and \"url\": \"{github}/x\" \u{2028}");
    let issue = |base: &str| {
        json!({"url": format!("{base}/repos/acme/rocket/issues/1"), "title": format!("{github}/x"), "body": text,
               "state": "open", "user": {"blog": format!("{github}/x"), "events_url": format!("{base}/users/m/events{{/p}}")}})
    };
    app.github.fault(Fault::on("GET", path, Effect::respond(200, issue(&github))));
    for base in BASES {
        let expected = issue(&format!("{HERE}{base}")).to_string();
        for _ in ["miss", "hit"] {
            let answer = get(&app, &token, &format!("{base}{path}")).await;
            assert_eq!(answer.text(), expected);
        }
        let request = app.bearer(&token).request(http::Method::HEAD, &format!("{base}{path}")).await;
        assert_eq!(request.header("content-length"), Some(expected.len().to_string().as_str()));
    }
    let statuses = format!("/repos/acme/rocket/statuses/{}", "a".repeat(40));
    let body =
        json!([{"url": format!("{github}/s"), "target_url": format!("{github}/ci"), "state": "success"}]);
    app.github.fault(Fault::on("GET", &statuses, Effect::respond(200, body)));
    let answer = get(&app, &token, &statuses).await.json();
    assert_eq!(
        (&answer[0]["url"], &answer[0]["target_url"]),
        (&json!(format!("{HERE}/s")), &json!(format!("{github}/ci")))
    );
    let deployments = "/repos/acme/rocket/deployments";
    let body = json!([{"url": format!("{github}/d"), "payload": {"url": format!("{github}/x")}}]);
    app.github.fault(Fault::on("GET", deployments, Effect::respond(200, body)));
    let answer = get(&app, &token, deployments).await.json();
    assert_eq!(answer, json!([{"url": format!("{HERE}/d"), "payload": {"url": format!("{github}/x")}}]));
}

#[tokio::test]
async fn pages_are_walked_from_either_base() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for base in BASES {
        let mut next = Some(format!("{base}/repos/acme/rocket/issues?per_page=1&state=all"));
        let mut pages = 0;
        while let Some(address) = next.filter(|_| pages < 3) {
            let answer = get(&app, &token, &address).await;
            assert_eq!(answer.status(), 200, "{address}");
            pages += 1;
            next = answer.header("link").and_then(|link| {
                let part = link.split(", ").find(|part| part.ends_with("rel=\"next\""))?;
                Some(part.trim_start_matches('<').split('>').next()?.to_owned())
            });
            assert!(
                next.as_ref().is_none_or(|next| next.starts_with(&format!("{HERE}{base}/repos/"))),
                "{next:?}"
            );
        }
        assert!(pages > 1);
    }
}

/// Every field of GitHub's description that is an address of its API, by the description's
/// examples.
#[test]
fn every_address_field_of_githubs_description_moves() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("node_modules/@octokit/openapi/generated/api.github.com.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("GitHub's description is not there ({error}); run `npm ci`"));
    let description: Value = serde_json::from_str(&text).unwrap();
    let mut fields = BTreeMap::new();
    examples(&description["components"]["schemas"], &mut fields);
    assert!(fields.len() > 80, "only {} fields were found", fields.len());
    // Examples of the description that are no addresses of the API in GitHub's answers.
    let mistaken = ["html_url"];
    for (name, example) in fields {
        let body = json!({ name.clone(): example }).to_string();
        let after = with_addresses_at(body.as_bytes(), "https://api.github.com", HERE, Holds::Facts);
        let moved = String::from_utf8_lossy(&after).contains(HERE);
        assert_eq!(moved, !mistaken.contains(&name.as_str()), "{name}: {example}");
    }
}

fn examples<'a>(schema: &'a Value, fields: &mut BTreeMap<String, &'a str>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (name, property) in properties {
            if let Some(example) = property["example"].as_str()
                && example.starts_with("https://api.github.com/")
            {
                fields.insert(name.clone(), example);
            }
        }
    }
    match schema {
        Value::Array(items) => items.iter().for_each(|item| examples(item, fields)),
        Value::Object(members) => members.values().for_each(|member| examples(member, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn the_root_document_shows_that_this_is_githubs_api() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for path in ["/api/v3", "/api/v3/"] {
        let answer = get(&app, &token, path).await;
        assert_eq!((answer.status(), answer.header("x-oauth-scopes")), (200, Some("")));
        let body = answer.json();
        assert_eq!(body["rate_limit_url"], format!("{HERE}/api/v3/rate_limit"));
        assert_eq!(body["repository_url"], format!("{HERE}/api/v3/repos/{{owner}}/{{repo}}"));
        let head = app.bearer(&token).request(http::Method::HEAD, path).await;
        assert_eq!((head.status(), head.text().as_str()), (200, ""));
        app.anon().get(path).await.expect(401, "missing_auth");
        let wrong = app.bearer("op_nonsense").get(path).await.expect(401, "invalid_auth").json();
        assert_eq!(wrong["message"], "Bad credentials");
    }
    for base in BASES {
        let meta = get(&app, &token, &format!("{base}/meta")).await.json();
        assert!(meta["installed_version"].is_string() && meta.as_object().unwrap().len() > 1, "{meta}");
    }
    assert_eq!(app.anon().get("/").await.ok(200)["service"], "octopool", "our own root stays");
}
