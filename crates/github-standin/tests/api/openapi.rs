//! Every answer holds against GitHub's own description of its API.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use octopool_github_standin::{Principal, Resource, demo, routes};
use serde_json::{Map, Value, json};

use crate::support::{Answer, Client, Demo, demo};

/// GitHub's description, as npm's `@octokit/openapi` carries it.
const DESCRIPTION: &str = "../../node_modules/@octokit/openapi/generated/api.github.com.json";

/// Routes GitHub does not describe: GraphQL is no REST, logs and downloads are on other hosts, and
/// statuses and references are read at the address where they are written although only their own
/// page says so.
const UNDESCRIBED: [&str; 5] = [
    "/graphql",
    "/_logs/{job_id}",
    "/_content/{rest}",
    "/repos/{owner}/{repo}/statuses/{ref}",
    "/repos/{owner}/{repo}/git/refs/{ref}",
];

/// One request and the status it must get. `pattern` is the one of the route table; GitHub's is the
/// same.
struct Row {
    pattern: &'static str,
    path: String,
    client: Client,
    status: u16,
}

#[tokio::test]
async fn answers_hold_against_githubs_description() {
    let demo = demo().await;
    let mut rows = rows(&demo).await;
    rows.extend(of_repositories(&demo));
    rows.extend(of_everybody(&demo));
    let tested: BTreeSet<&str> = rows.iter().map(|row| row.pattern).collect();
    let described = routes().map(|(_, pattern)| pattern).filter(|pattern| !UNDESCRIBED.contains(pattern));
    assert_eq!(tested, described.collect(), "each route needs a row");

    let mut wrong = Vec::new();
    for row in rows {
        let post = [TOKENS, CONVERSIONS].contains(&row.pattern);
        let method = if post { "post" } else { "get" };
        let answer = if post {
            row.client.post(&row.path, &body_of(row.status)).await
        } else {
            row.client.get(&row.path).await
        };
        let what = format!("{method} {} -> {}", row.path, row.status);
        assert_eq!(answer.status, row.status, "{what}: {}", answer.text);
        wrong.extend(
            problems(row.pattern, method, answer.status, &answer.body).map(|it| format!("{what}: {it}")),
        );
    }
    assert!(wrong.is_empty(), "not what GitHub describes:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn narrowed_tokens_and_rate_limits_hold_too() {
    let demo = demo().await;
    let pattern = "/app/installations/{installation_id}/access_tokens";
    let narrow = json!({ "repositories": ["rocket"], "permissions": { "contents": "read" } });
    let answer = demo.app().post("/app/installations/77001/access_tokens", &narrow).await;
    check("a narrowed token", pattern, "post", &answer);

    demo.github.edit(|state| state.tokens.add_personal("wide", "ghp_wide", demo::MONA, &["user"]));
    check("a private user", "/user", "get", &demo.bearer("ghp_wide").get("/user").await);
    let own = demo.bearer("ghp_wide").get("/users/mona").await;
    check("one's own profile", "/users/{username}", "get", &own);

    demo.github.edit(|state| state.rename_repository(demo::ROCKET, "starship")).unwrap();
    let moved = demo.mona().get("/repos/acme/rocket").await;
    assert_eq!(moved.status, 301);
    check("a renamed repository", "/repos/{owner}/{repo}", "get", &moved);

    demo.github.edit(|state| state.exhaust(Principal::Account(demo::HUBOT), Resource::Core));
    let limited = demo.hubot().get("/user").await;
    assert_eq!(limited.status, 403);
    check("a used up rate limit", "/user", "get", &limited);
}

#[tokio::test]
async fn what_few_see_holds_too() {
    let demo = demo().await;
    for (pattern, path) in [
        ("/issues/{issue_number}/timeline", "/issues/20/timeline?per_page=100"),
        ("/pulls/{pull_number}/reviews", "/pulls/5/reviews"),
        ("/pulls/{pull_number}/reviews/{review_id}/comments", "/pulls/5/reviews/50020053/comments"),
        ("/pulls/{pull_number}/requested_reviewers", "/pulls/4/requested_reviewers"),
        ("/pulls/{pull_number}", "/pulls/4"),
        ("/pulls/{pull_number}", "/pulls/11"),
    ] {
        let answer = demo.mona().get(&format!("/repos/acme/rocket{path}")).await;
        assert_eq!(answer.status, 200, "{path}");
        check(path, &format!("/repos/{{owner}}/{{repo}}{pattern}"), "get", &answer);
    }
}

#[test]
fn the_description_would_notice_a_mistake() {
    let wrong = json!({ "login": "mona", "id": "1001" });
    assert!(problems("/users/{username}", "get", 200, &wrong).is_some());
    assert!(problems("/rate_limit", "get", 200, &json!({ "resources": {} })).is_some());
}

/// The body that gets an access token request to this status.
fn body_of(status: u16) -> Value {
    if status == 422 { json!({ "permissions": { "members": "write" } }) } else { json!({}) }
}

async fn rows(demo: &Demo) -> Vec<Row> {
    let (anon, app, mona, mallory) = (demo.anon(), demo.app(), demo.mona(), demo.mallory());
    let (bad, installation) = (demo.bearer("ghp_bad"), demo.installation().await);
    let code = demo.github.edit(|state| state.apps.issue_code(demo::APP, state.clock.now()));
    let row = |pattern, path: &str, client: &Client, status| Row {
        pattern,
        path: path.to_owned(),
        client: client.clone(),
        status,
    };
    vec![
        row("/user", "/user", &mona, 200),
        row("/user", "/user", &anon, 401),
        row("/user", "/user", &installation, 403),
        row("/notifications", "/notifications", &mona, 200),
        row("/notifications", "/notifications", &anon, 401),
        row("/user/{account_id}", "/user/1002", &mona, 200),
        row("/user/{account_id}", "/user/1", &mona, 404),
        row("/users/{username}", "/users/hubot", &mona, 200),
        row("/users/{username}", "/users/acme", &anon, 200),
        row("/users/{username}", "/users/nobody", &mona, 404),
        row("/users/{username}", "/users/hubot", &bad, 401),
        row("/orgs/{org}", "/orgs/acme", &mona, 200),
        row("/orgs/{org}", "/orgs/nowhere", &mona, 404),
        row("/orgs/{org}/memberships/{username}", "/orgs/acme/memberships/hubot", &mona, 200),
        row("/orgs/{org}/memberships/{username}", "/orgs/acme/memberships/newbie", &mona, 200),
        row("/orgs/{org}/memberships/{username}", "/orgs/acme/memberships/hubot", &mallory, 403),
        row("/orgs/{org}/memberships/{username}", "/orgs/acme/memberships/mallory", &mona, 404),
        row("/user/memberships/orgs/{org}", "/user/memberships/orgs/acme", &mona, 200),
        row("/user/memberships/orgs/{org}", "/user/memberships/orgs/acme", &installation, 403),
        row("/user/memberships/orgs/{org}", "/user/memberships/orgs/acme", &mallory, 404),
        row("/orgs/{org}/members/{username}", "/orgs/acme/members/hubot", &mona, 204),
        row("/orgs/{org}/members/{username}", "/orgs/acme/members/hubot", &mallory, 302),
        row("/orgs/{org}/members/{username}", "/orgs/acme/members/mallory", &mona, 404),
        row("/orgs/{org}/public_members/{username}", "/orgs/acme/public_members/octocat", &anon, 204),
        row("/orgs/{org}/public_members/{username}", "/orgs/acme/public_members/hubot", &anon, 404),
        row("/app", "/app", &app, 200),
        row("/app", "/app", &mona, 401),
        row(INSTALLATIONS, "/app/installations", &app, 200),
        row(INSTALLATIONS, "/app/installations", &mona, 401),
        row(CONVERSIONS, &format!("/app-manifests/{code}/conversions"), &anon, 201),
        row(CONVERSIONS, "/app-manifests/none/conversions", &anon, 404),
        row("/app/installations/{installation_id}", "/app/installations/77001", &app, 200),
        row("/app/installations/{installation_id}", "/app/installations/77002", &app, 200),
        row("/app/installations/{installation_id}", "/app/installations/1", &app, 404),
        row(TOKENS, "/app/installations/77001/access_tokens", &app, 201),
        row(TOKENS, "/app/installations/77001/access_tokens", &mona, 401),
        row(TOKENS, "/app/installations/77002/access_tokens", &app, 403),
        row(TOKENS, "/app/installations/1/access_tokens", &app, 404),
        row(TOKENS, "/app/installations/77001/access_tokens", &app, 422),
        row("/installation/repositories", "/installation/repositories", &installation, 200),
        row("/installation/repositories", "/installation/repositories", &anon, 401),
        row("/installation/repositories", "/installation/repositories", &mona, 403),
        row("/repos/{owner}/{repo}", "/repos/acme/rocket", &anon, 200),
        row("/repos/{owner}/{repo}", "/repos/acme/secret-plans", &mona, 200),
        row("/repos/{owner}/{repo}", "/repos/acme/secret-plans", &mallory, 404),
        row("/rate_limit", "/rate_limit", &mona, 200),
        row("/rate_limit", "/rate_limit", &anon, 200),
    ]
}

/// Rows of routes that answer anybody: the path and what it must get.
fn of_everybody(demo: &Demo) -> Vec<Row> {
    let rows = [
        ("/orgs/{org}/repos", "/orgs/acme/repos", 200),
        ("/orgs/{org}/events", "/orgs/acme/events", 200),
        ("/orgs/{org}/public_members", "/orgs/acme/public_members", 200),
        ("/users/{username}/repos", "/users/acme/repos", 200),
        ("/users/{username}/orgs", "/users/octocat/orgs", 200),
        ("/users/{username}/gists", "/users/mona/gists", 200),
        ("/users/{username}/followers", "/users/mona/followers", 200),
        ("/users/{username}/following", "/users/mona/following", 200),
        ("/users/{username}/events", "/users/mona/events", 200),
        ("/users/{username}/received_events", "/users/octocat/received_events", 200),
        ("/users/{username}/keys", "/users/mona/keys", 200),
        ("/users/{username}/gpg_keys", "/users/mona/gpg_keys", 200),
        ("/gists/{gist_id}", "/gists/aa5a315d61ae9438b18d", 200),
        ("/gists/{gist_id}", "/gists/none", 404),
        ("/", "/", 200),
        ("/emojis", "/emojis", 200),
        ("/meta", "/meta", 200),
        ("/licenses", "/licenses", 200),
        ("/licenses/{license}", "/licenses/mit", 200),
        ("/gitignore/templates", "/gitignore/templates", 200),
        ("/gitignore/templates/{name}", "/gitignore/templates/Rust", 200),
        ("/search/issues", "/search/issues?q=repo:acme/rocket+is:issue", 200),
        ("/search/issues", "/search/issues?q=repo:acme/nothing", 422),
        ("/search/code", "/search/code?q=launch+repo:acme/rocket", 200),
        ("/search/commits", "/search/commits?q=repo:acme/rocket", 200),
        ("/search/repositories", "/search/repositories?q=rocket", 200),
    ];
    let client = demo.mona();
    let rows = rows.into_iter().map(|(pattern, path, status)| Row {
        pattern,
        path: path.to_owned(),
        client: client.clone(),
        status,
    });
    rows.collect()
}

/// Rows of everything below a repository: what stands for the parameters comes from the seed.
fn of_repositories(demo: &Demo) -> Vec<Row> {
    let (main, tag, tree) = demo.github.edit(|state| {
        let git = &state.contents.of(demo::ROCKET).git;
        (git.branches["main"].clone(), git.tags[0].sha.clone(), git.tree_id(""))
    });
    let value = |pattern: &str, name: &str| match name {
        "owner" => "acme",
        "repo" => "rocket",
        "issue_number" | "pull_number" => "7",
        "comment_id" if pattern.contains("pulls") => "50020078",
        "comment_id" if pattern.contains("issues") => "50020070",
        "comment_id" => "50020009",
        "review_id" | "event_id" => "50020070",
        "milestone_number" | "attempt_number" => "1",
        "assignee" => "hubot",
        "run_id" => "500207",
        "job_id" | "check_run_id" => "5002072",
        "check_suite_id" => "1000207",
        "artifact_id" => "1200207",
        "archive_format" => "zip",
        "workflow_id" => "ci.yml",
        "name" => "good%20first%20issue",
        "branch" => "feature%2F7",
        "basehead" => "v0.1.0...main",
        "tag" => "v0.1.0",
        "release_id" => "50021",
        "asset_id" => "500210",
        "path" => "docs/guide/launch.md",
        "dir" => "docs",
        "ref" if pattern.contains("/git/") => "heads/main",
        "ref" => "main",
        "commit_sha" => main.as_str(),
        "file_sha" => demo::BLOB_2_KB,
        "tag_sha" => tag.as_str(),
        "tree_sha" => tree.as_str(),
        other => panic!("nothing stands for {other} of {pattern}"),
    };
    let patterns = routes().map(|(_, pattern)| pattern);
    let below = patterns.filter(|it| it.starts_with("/repos/{owner}/{repo}/") && !UNDESCRIBED.contains(it));
    let rows = below.map(|pattern| {
        let fill = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => value(pattern, name).to_owned(),
            None => segment.to_owned(),
        };
        let path = pattern.split('/').map(fill).collect::<Vec<_>>().join("/");
        let status = match pattern {
            it if ["/logs", "/{archive_format}", "/tarball/{ref}", "/zipball/{ref}"]
                .iter()
                .any(|end| it.ends_with(end)) =>
            {
                302
            }
            it if it.ends_with("/assignees/{assignee}") => 204,
            _ => 200,
        };
        Row { pattern, path, client: demo.mona(), status }
    });
    rows.collect()
}

const TOKENS: &str = "/app/installations/{installation_id}/access_tokens";
const INSTALLATIONS: &str = "/app/installations";
const CONVERSIONS: &str = "/app-manifests/{code}/conversions";

fn check(what: &str, pattern: &str, method: &str, answer: &Answer) {
    if let Some(problems) = problems(pattern, method, answer.status, &answer.body) {
        panic!("{what} is not what GitHub describes:\n{problems}\nin {}", answer.text);
    }
}

/// What is wrong with a body; `None` when nothing is.
fn problems(pattern: &str, method: &str, status: u16, body: &Value) -> Option<String> {
    let schema = schema(pattern, method, status);
    if schema.is_null() {
        return (!body.is_null()).then(|| "there should be no body".to_owned());
    }
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let problems: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    (!problems.is_empty()).then(|| problems.join("\n"))
}

/// The schema of one answer with everything it refers to; null when the answer has no body.
///
/// Errors that GitHub sends and does not describe (401 of most routes) have the body of those it
/// describes.
fn schema(pattern: &str, method: &str, status: u16) -> Value {
    let operation = &description()["paths"][pattern][method];
    assert!(operation.is_object(), "GitHub does not describe {method} {pattern}");
    let response = resolve(&operation["responses"][status.to_string()]);
    let mut schema = resolve(response)["content"]["application/json"]["schema"].clone();
    // Written out here, an installation's account has to be a user and an enterprise at once.
    if pattern == INSTALLATIONS && status == 200 {
        schema = json!({ "type": "array", "items": { "$ref": "#/components/schemas/installation" } });
    }
    if response.is_null() {
        assert!(status >= 400, "GitHub does not describe {status} of {method} {pattern}");
        schema = json!({ "$ref": "#/components/schemas/basic-error" });
    }
    if schema.is_null() {
        // GitHub says nothing of these 404s' bodies, but sends what it always does.
        return if status >= 400 {
            closed(json!({ "$ref": "#/components/schemas/basic-error" }))
        } else {
            schema
        };
    }
    closed(schema)
}

fn resolve(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(reference) => description().pointer(&reference[1..]).expect("a reference that leads somewhere"),
        None => value,
    }
}

/// The schema as JSON Schema, together with all schemas it refers to.
fn closed(schema: Value) -> Value {
    let mut schema = json_schema(schema);
    let mut components = Map::new();
    let mut open = references(&schema);
    while let Some(name) = open.pop() {
        if !components.contains_key(&name) {
            let component = json_schema(description()["components"]["schemas"][&name].clone());
            open.extend(references(&component));
            components.insert(name, component);
        }
    }
    schema["components"] = json!({ "schemas": components });
    schema
}

fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(references)).collect()
        }
        _ => Vec::new(),
    }
}

/// OpenAPI 3.0 says `nullable` where JSON Schema says "or null"; examples are not part of a schema.
fn json_schema(schema: Value) -> Value {
    match schema {
        Value::Array(items) => items.into_iter().map(json_schema).collect(),
        Value::Object(fields) => {
            let nullable = fields.get("nullable") == Some(&json!(true));
            let ignored = ["nullable", "example", "examples", "discriminator", "description"];
            let fields: Map<String, Value> = fields
                .into_iter()
                // A property may be called `description`; then its value is a schema and not a
                // text.
                .filter(|(name, value)| {
                    !ignored.contains(&name.as_str()) || value.is_object() && name != "example"
                })
                .map(|(name, value)| (name, json_schema(value)))
                .collect();
            if nullable { json!({ "anyOf": [{ "type": "null" }, fields] }) } else { Value::Object(fields) }
        }
        other => other,
    }
}

/// The description is large; it is read once.
fn description() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DESCRIPTION);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("GitHub's API description is not there ({error}: {}); run `npm ci`", path.display())
        });
        serde_json::from_str(&text).unwrap()
    })
}
