//! Who may ask what, and who shares which answer.

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::INSTALLATION;
use octopool_testkit::github::{Effect, Fault, Principal, Resource};
use serde_json::{Value, json};

use super::support::*;
use crate::support::{provision, register, register_app};

const NAME: &str = "{ repository(owner: \"acme\", name: \"rocket\") { name } }";

async fn policy(app: &TestApp, pool: &str, policy: Value) {
    app.admin().patch(&format!("/v1/admin/pools/{pool}"), None, &json!({"policy": policy})).await.ok(200);
    app.new_isolate();
}

/// What the policy forbids is refused, also where it is in the cache.
#[tokio::test]
async fn the_policy_counts_for_every_root() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let open = json!({"allowed_owners": ["acme"], "allow_search": true, "allow_public_repos": true});
    let search = "{ search(query: \"repo:acme/rocket Issue\", type: ISSUE, first: 1) { issueCount } }";
    let public = "{ search(query: \"Issue\", type: ISSUE, first: 1) { issueCount } }";
    let both = "{ repository(owner: \"acme\", name: \"rocket\") { name } search(query: \"Issue\", type: ISSUE, first: 1) { issueCount } }";
    let two = "{ a: repository(owner: \"acme\", name: \"rocket\") { name } b: repository(owner: \"acme\", name: \"website\") { name } }";
    let node = "{ node(id: \"I_5002_20\") { ... on Issue { title } } }";
    for (document, denied, reason) in [
        (search, json!({"allow_search": false}), "search_denied"),
        (public, json!({"allow_search": false}), "search_denied"),
        (both, json!({"allow_search": false}), "search_denied"),
        (NAME, json!({"allowed_owners": ["umbrella"], "allow_public_repos": false}), "owner_denied"),
        (two, json!({"allowed_owners": ["umbrella"], "allow_public_repos": false}), "owner_denied"),
        (
            search,
            json!({"allowed_owners": ["umbrella"], "allow_public_repos": false, "allow_search": true}),
            "owner_denied",
        ),
        (node, json!({"allowed_owners": ["umbrella"], "allow_public_repos": false}), "owner_denied"),
        // An App serves the owners that the policy names; beyond them only a broad PAT does.
        (NAME, json!({"allowed_owners": ["umbrella"], "allow_public_repos": true}), "no_identity"),
    ] {
        policy(&app, "team", open.clone()).await;
        assert_eq!(query(&app, &token, document).await.status(), 200, "{document}");
        policy(&app, "team", denied.clone()).await;
        for _ in 0..2 {
            let answer = query(&app, &token, document).await;
            assert_eq!(refused(&answer), (403, reason.to_owned()), "{document} {denied} {}", answer.text());
        }
    }
}

/// An identity serves within its scopes, whatever the root.
#[tokio::test]
async fn scopes_bound_what_an_identity_serves() {
    let two = "{ a: repository(owner: \"acme\", name: \"rocket\") { name } b: repository(owner: \"acme\", name: \"website\") { name } }";
    let website = "{ repository(owner: \"acme\", name: \"website\") { name } }";
    let node = "{ node(id: \"I_5001_14\") { ... on Issue { title } } }";
    let named = "{ node(id: \"R_5001\") { ... on Repository { name } } }";
    for (scopes, document, status) in [
        (json!([{"owner": "acme", "repo": "rocket"}]), NAME, 200),
        (json!([{"owner": "acme", "repo": "rocket"}]), website, 403),
        (json!([{"owner": "acme", "repo": "rocket"}]), two, 403),
        (json!([{"owner": "acme", "repo": "rocket"}]), node, 403),
        (json!([{"owner": "acme", "repo": "rocket"}]), named, 403),
        (json!([{"owner": "umbrella"}]), NAME, 403),
        (json!([{"owner": "*"}]), two, 200),
    ] {
        let app = TestApp::start().await;
        let token = pat_team(&app).await;
        register(&app, json!({"scopes": scopes})).await;
        let answer = query(&app, &token, document).await;
        assert_eq!(answer.status(), status, "{scopes} {document} {}", answer.text());
        if status == 403 {
            assert_eq!(refused(&answer).1, "no_identity");
            keeps_nothing(&app, document);
        }
    }
}

#[tokio::test]
async fn a_caller_that_is_not_let_in_gets_nothing() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    query(&app, &token, NAME).await.ok(200);
    let other = provision(&app, "octocat", "other").await;
    let answer = query(&app, &other, NAME).await;
    assert_eq!(answer.status(), 401, "not of this pool: {}", answer.text());
    assert_eq!(app.bearer("op_unknown").post("/graphql", &json!({"query": NAME})).await.status(), 401);
    assert_eq!(app.anon().post("/graphql", &json!({"query": NAME})).await.status(), 401);
    let callers = app.admin().get("/v1/admin/callers?pool=team").await.ok(200);
    let id = callers["callers"][0]["id"].as_str().or(callers["items"][0]["id"].as_str()).unwrap().to_owned();
    app.admin().patch(&format!("/v1/admin/callers/{id}"), None, &json!({"status": "disabled"})).await.ok(200);
    for _ in 0..2 {
        let answer = query(&app, &token, NAME).await;
        assert!([401, 403].contains(&answer.status()), "{}", answer.text());
        assert!(!answer.text().contains("rocket"), "{}", answer.text());
        app.new_isolate();
    }
}

/// Spellings of one question are one question; others are others.
#[tokio::test]
async fn equal_documents_share_an_answer_however_they_are_written() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let title = |variables: Value, document: &str| (document.to_owned(), variables);
    query(&app, &token, "{ repository(owner: \"acme\", name: \"rocket\") { issue(number: 20) { title } } }")
        .await
        .ok(200);
    for (document, variables) in [
        title(
            json!({}),
            "query Q { repository(name: \"rocket\", owner: \"acme\") { issue(number: 20) { title } } }",
        ),
        title(json!({}), "{repository(owner:\"acme\",name:\"rocket\"){issue(number:20){title}}} # a comment"),
        title(
            json!({"n": 20}),
            "query($n: Int!) { repository(owner: \"acme\", name: \"rocket\") { issue(number: $n) { title } } }",
        ),
        title(
            json!({}),
            "query($n: Int = 20) { repository(owner: \"acme\", name: \"rocket\") { issue(number: $n) { title } } }",
        ),
        title(
            json!({"x": false}),
            "query($x: Boolean!) { repository(owner: \"acme\", name: \"rocket\") { issue(number: 20) { title state @include(if: $x) } } }",
        ),
        title(
            json!({}),
            "{ ...f } fragment f on Query { repository(owner: \"\"\"acme\"\"\", name: \"\\u0072ocket\") { issue(number: 20) { title } } }",
        ),
    ] {
        let answer = ask(&app, &token, &document, variables).await;
        assert_eq!(cache(&answer), "hit", "{document}");
    }
    for document in [
        "{ repository(owner: \"acme\", name: \"rocket\") { issue(number: 21) { title } } }",
        "{ repository(owner: \"acme\", name: \"website\") { issue(number: 20) { title } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issue(number: 20) { state } } }",
        "{ r: repository(owner: \"acme\", name: \"rocket\") { issue(number: 20) { title } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issue(number: 20) { t: title } } }",
    ] {
        assert_eq!(cache(&query(&app, &token, document).await), "miss", "{document}");
    }
}

/// Answers are shared, and what they say of who asks is right for each.
#[tokio::test]
async fn what_depends_on_who_asks_is_right_for_each() {
    let app = TestApp::start().await;
    let hubot = app_team(&app).await;
    policy(&app, "team", json!({"allow_search": true})).await;
    let mona = provision(&app, "mona", "team").await;
    let comments = "{ viewer { login databaseId } rateLimit { cost remaining limit } \
         repository(owner: \"acme\", name: \"rocket\") { issue(number: 21) { comments(first: 9) { nodes { author { login } viewerDidAuthor } } } } }";
    let (of_hubot, of_mona) = (query(&app, &hubot, comments).await, query(&app, &mona, comments).await);
    assert_eq!((cache(&of_hubot), cache(&of_mona)), ("miss", "hit"));
    for (answer, login) in [(of_hubot, "hubot"), (of_mona, "mona")] {
        let body = answer.json();
        assert_eq!(body["data"]["viewer"]["login"], login);
        let nodes = body["data"]["repository"]["issue"]["comments"]["nodes"].as_array().unwrap().clone();
        assert!(!nodes.is_empty());
        for node in nodes {
            assert_eq!(node["viewerDidAuthor"], node["author"]["login"] == login, "{node}");
        }
        assert_eq!(body["data"]["rateLimit"]["cost"], 0);
    }
    let mine = "{ search(query: \"repo:acme/rocket author:@me\", type: ISSUE, first: 100) { nodes { ... on Issue { author { login } } ... on PullRequest { author { login } } } } }";
    for (token, login) in [(&hubot, "hubot"), (&mona, "mona")] {
        let answer = query(&app, token, mine).await;
        assert_eq!(cache(&answer), "miss", "not shared");
        let nodes = answer.json()["data"]["search"]["nodes"].as_array().unwrap().clone();
        assert!(
            !nodes.is_empty() && nodes.iter().all(|node| node["author"]["login"] == login),
            "{login} {nodes:?}"
        );
    }
    // Those who wait for one answer get their own.
    app.github.fault(Fault::on("POST", "/graphql", Effect::Delay { ms: 100 }));
    let fresh = comments.replace("number: 21", "number: 22");
    let (one, other) = tokio::join!(query(&app, &hubot, &fresh), query(&app, &mona, &fresh));
    assert_eq!(one.json()["data"]["viewer"]["login"], "hubot");
    assert_eq!(other.json()["data"]["viewer"]["login"], "mona");
    for dump in [app.database.dump(), app.edge_cache.dump()] {
        assert!(
            !dump.contains("\"viewer\":{\"login\":\"hubot\"") && !dump.contains("viewerDidAuthor\":true"),
            "{dump}"
        );
    }
}

#[tokio::test]
async fn pools_share_nothing() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    query(&app, &token, NAME).await.ok(200);
    let other = provision(&app, "octocat", "other").await;
    let body = json!({"query": NAME});
    let asked = async |token: &str, pool: &str| {
        let request =
            http::Request::post("http://localhost:8787/graphql").header("content-type", "application/json");
        let request =
            request.header("x-octopool-pool", pool).body(axum::body::Body::from(body.to_string())).unwrap();
        app.bearer(token).send(request).await
    };
    let answer = asked(&other, "other").await;
    assert_eq!(refused(&answer), (403, "no_identity".to_owned()));
    assert_eq!(asked(&other, "team").await.status(), 401);
    assert_eq!(asked(&token, "other").await.status(), 401);
    assert_eq!(asked(&token, "no such pool").await.status(), 400);
}

#[tokio::test]
async fn an_answer_is_as_young_as_the_caller_wants() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    query(&app, &token, NAME).await.ok(200);
    advance(&app, 10);
    for (header, expected) in [
        ("max-age=60", "hit"),
        ("max-age=9", "miss"),
        ("no-cache", "miss"),
        ("max-age=0", "miss"),
        ("no-store", "miss"),
        ("public, max-age=60", "hit"),
        ("max-age=x", "hit"),
    ] {
        let answer = ask_with(&app, &token, &json!({"query": NAME}), &[("cache-control", header)]).await;
        assert_eq!(cache(&answer), expected, "{header}");
        advance(&app, 10);
    }
    // Past its time it is served while GitHub is away, but not to who wants a young one.
    advance(&app, 700);
    app.github.fault(Fault::on("POST", "/graphql", Effect::status(502)));
    let answer = query(&app, &token, NAME).await;
    assert_eq!(
        (cache(&answer), answer.header("x-octopool-stale-reason")),
        ("stale", Some("github_unavailable"))
    );
    assert_eq!(ask_within(&app, &token, 60, (NAME, json!({}))).await.status(), 502);
    advance(&app, 10 * 600);
    assert_eq!(query(&app, &token, NAME).await.status(), 502, "past its stale time");
}

#[tokio::test]
async fn heads_and_statistics_are_those_of_graphql() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    policy(&app, "team", json!({"allow_search": true})).await;
    let kinds = [
        (NAME, "graphql_repository"),
        ("{ node(id: \"I_5002_20\") { id } }", "graphql_node"),
        ("{ user(login: \"mona\") { login } }", "graphql_account"),
        ("{ search(query: \"Issue\", type: ISSUE, first: 1) { issueCount } }", "graphql_search"),
        ("{ user(login: \"mona\") { login } node(id: \"I_5002_20\") { id } }", "graphql_mixed"),
        ("{ __typename viewer { login } }", "graphql_local"),
    ];
    for (document, kind) in kinds {
        let answer = query(&app, &token, document).await;
        assert_eq!(
            (answer.status(), answer.header("x-octopool-route")),
            (200, Some(kind)),
            "{document} {}",
            answer.text()
        );
        assert!(answer.header("x-request-id").is_some());
        assert!(answer.header("vary").unwrap().to_lowercase().contains("authorization"));
        assert!(answer.header("etag").is_none() && answer.header("set-cookie").is_none());
        let is_local = kind == "graphql_local";
        assert_eq!(answer.header("x-ratelimit-resource"), (!is_local).then_some("graphql"), "{kind}");
        assert!(answer.header("cache-status").unwrap().starts_with("octopool; fwd="), "{kind}");
        let again = query(&app, &token, document).await;
        assert_eq!(again.header("x-ratelimit-resource"), None, "a hit spends nothing");
    }
    assert_eq!(query(&app, &token, "{ nothing }").await.status(), 403);
    let stats = app.bearer(&token).get("/v1/pools/team/stats").await.ok(200);
    for (_, kind) in kinds {
        let row = stats["routes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["route_kind"] == kind)
            .cloned()
            .unwrap();
        assert_eq!(row["requests"], 2, "{row}");
        let hits = u64::from(kind != "graphql_local");
        assert_eq!(row["cache_hits"], hits, "{row}");
    }
    let reasons = stats["fallback_reasons"].as_array().unwrap();
    assert!(
        reasons.iter().any(|row| row["reason"] == "graphql_denied" && row["requests"] == 1),
        "{reasons:?}"
    );
}

/// Points are GitHub's: what a query costs is off the pool's budget, and not more.
#[tokio::test]
async fn points_are_counted_exactly() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let expensive = "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: 100) { nodes { comments(first: 50) { nodes { body } } labels(first: 5) { nodes { name } } } } } }";
    for document in [NAME, expensive, NAME, expensive] {
        ask_within(&app, &token, 0, (document, json!({}))).await.ok(200);
        let left = app.github.edit(|state| {
            let now = state.clock.now();
            state.quotas.window(Principal::Installation(INSTALLATION), Resource::Graphql, now).remaining
        });
        let rate = app.bearer(&token).get("/rate_limit").await.ok(200);
        assert_eq!(rate["resources"]["graphql"]["remaining"], left);
        let answer = query(&app, &token, "{ rateLimit { limit remaining used resetAt cost } }").await;
        assert_eq!(answer.status(), 200);
    }
    register_app(&app, "a2", INSTALLATION).await;
    app.new_isolate();
    let rate = app.bearer(&token).get("/rate_limit").await.ok(200);
    assert_eq!(rate["resources"]["graphql"]["limit"], 5000, "one installation has one budget");
}
