//! Requests in every form that a client, or somebody hostile, could send. Each is answered, refused
//! for what it is, or left to the caller's own credentials; GitHub never sees anything but a query.

use octopool_testkit::TestApp;
use serde_json::{Value, json};

use super::support::*;

const NAME: &str = "repository(owner: \"acme\", name: \"rocket\") { name }";

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    for (body, status) in [
        ("", 400),
        ("null", 400),
        ("[]", 400),
        ("[{\"query\":\"{ viewer { login } }\"}]", 400),
        ("\"{ viewer { login } }\"", 400),
        ("{}", 400),
        ("{\"Query\":\"{ viewer { login } }\"}", 400),
        ("{\"query\":null}", 400),
        ("{\"query\":{\"a\":1}}", 400),
        ("{\"query\":\"{ viewer { login } }\",\"variables\":\"{}\"}", 400),
        ("{\"query\":\"{ viewer { login } }\",\"variables\":[]}", 400),
        ("{\"query\":\"{ viewer { login } }\",\"variables\":7}", 400),
        ("{\"query\":\"{ viewer { login } }\",\"operationName\":7}", 400),
        ("{\"query\":\"{ viewer { login } }\"", 400),
        ("{\"query\":\"{ viewer { login } }\"} {}", 400),
        ("{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"x\"}}}", 400),
        ("{\"query\":\"{ viewer { login } }\",\"variables\":null,\"operationName\":null}", 200),
        ("{\"query\":\"{ viewer { login } }\",\"operationName\":\"\"}", 200),
    ] {
        assert_eq!(send(&app, &token, body).await.status(), status, "{body}");
    }
    let invalid = [b"{\"query\":\"{ viewer { login \xff } }\"}".to_vec(), b"\xff\xfe{\0}\0".to_vec()];
    for body in invalid {
        assert_eq!(send(&app, &token, body).await.status(), 400);
    }
    let nested = format!(
        "{{\"query\":\"{{ viewer {{ login }} }}\",\"variables\":{{\"a\":{}{}}}}}",
        "[".repeat(500),
        "]".repeat(500)
    );
    assert_eq!(send(&app, &token, nested).await.status(), 400);
    // As `curl -d` sends it, and as GitHub takes it.
    for kind in [
        "text/plain",
        "application/graphql",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ] {
        let answer =
            app.bearer(&token).post_raw("/graphql", kind, "{\"query\":\"{ viewer { login } }\"}").await;
        assert_eq!(answer.status(), 200, "{kind}");
    }
    for method in [http::Method::GET, http::Method::PUT, http::Method::DELETE, http::Method::PATCH] {
        let answer = app.bearer(&token).request(method.clone(), "/graphql").await;
        assert_eq!(answer.status(), 405, "{method}");
    }
    assert!(queries(&app).is_empty());
}

/// Of a key that is given twice one value counts, whichever it is, and it is checked.
#[tokio::test]
async fn a_repeated_key_smuggles_nothing() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let mutation = "mutation { addStar(input: {starrableId: \\\"R_5002\\\"}) { clientMutationId } }";
    for body in [
        format!("{{\"query\":\"{{ viewer {{ login }} }}\",\"query\":\"{mutation}\"}}"),
        format!("{{\"query\":\"{mutation}\",\"query\":\"{{ viewer {{ login }} }}\"}}"),
    ] {
        let answer = send(&app, &token, body).await;
        assert!([200, 400, 403].contains(&answer.status()), "{}", answer.text());
    }
    assert!(queries(&app).is_empty());
}

#[tokio::test]
async fn a_document_that_is_no_query_is_left_to_the_caller() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let deep = format!(
        "{{ {} name {} }}",
        "repository(owner:\"acme\",name:\"rocket\") { parent { ".repeat(30),
        "} }".repeat(30)
    );
    let aliases = (0..3000).map(|at| format!(" a{at}: {NAME}")).collect::<Vec<_>>().concat();
    let names = (0..11)
        .map(|at| format!(" a{at}: repository(owner:\"acme\",name:\"r{at}\") {{ name }}"))
        .collect::<Vec<_>>()
        .concat();
    let bomb = (0..30)
        .map(|at| format!(" fragment f{at} on Query {{ ...f{} ...f{} }}", at + 1, at + 1))
        .collect::<Vec<_>>()
        .concat();
    for document in [
        "",
        "   ",
        "# nothing but a comment",
        "fragment f on Query { viewer { login } }",
        "query",
        "{",
        "{}",
        "{ }",
        "}",
        "{ viewer { login }",
        "{ viewer }",
        "{ viewer { login { x } } }",
        "{ noSuchField }",
        "mutation { addStar(input: {starrableId: \"R_5002\"}) { clientMutationId } }",
        "# {\nmutation { addStar(input: {starrableId: \"R_5002\"}) { clientMutationId } }",
        "\u{feff}mutation { addStar(input: {starrableId: \"R_5002\"}) { clientMutationId } }",
        "query A { viewer { login } } mutation B { addStar(input: {starrableId: \"R_5002\"}) { clientMutationId } }",
        "subscription { x }",
        "query Q { ...f } fragment f on Mutation { addStar(input: {starrableId: \"R_5002\"}) { clientMutationId } }",
        "{ ... on Mutation { addStar(input: {starrableId: \"R_5002\"}) { clientMutationId } } }",
        "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
        "{ ...a } fragment a on Query { ...a }",
        "{ ...missing }",
        "{ viewer @unknown { login } }",
        "{ viewer @skip { login } }",
        "{ viewer @include(if: \"true\") { login } }",
        "{ viewer @include(if: $nowhere) { login } }",
        "{ viewer { login(x: 1) } }",
        "{ repository(owner: \"acme\", owner: \"mona\", name: \"rocket\") { name } }",
        "{ repository(owner: \"acme\") { name } }",
        "{ repository(owner: acme, name: \"rocket\") { name } }",
        "{ repository(owner: \"acme\", name: 7) { name } }",
        "{ repository(owner: \"acme\", name: null) { name } }",
        "{ repository(owner: \"acme\", name: \"rocket\", x: 1) { name } }",
        "{ repository(owner: \"../acme\", name: \"rocket\") { name } }",
        "{ repository(owner: \"acme\", name: \"rocket/issues\") { name } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issue(number: 99999999999) { title } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issue(number: \"20\") { title } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issue(number: 20.0) { title } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: -1) { nodes { title } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: 101) { nodes { title } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues { nodes { title } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: null) { nodes { title } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: 1, states: \"OPEN\") { nodes { title } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: 1, states: [NO]) { nodes { title } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: 1, orderBy: {field: CREATED_AT, direction: ASC, x: 1}) { nodes { title } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: 1, orderBy: {field: CREATED_AT}) { nodes { title } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { issues(first: 100) { nodes { comments(first: 100) { nodes { reactionGroups { users(first: 100) { totalCount } } } } } } } }",
        "{ repository(owner: \"acme\", name: \"rocket\") { octopool_private: isArchived } }",
        "{ octopool_rate: viewer { login } }",
        "query($a: Mystery) { viewer { login } }",
        "query($a: String!) { viewer { login } }",
        "query($n: Int!) { repository(owner: \"acme\", name: $n) { name } }",
        "{ viewer { login } } { viewer { login } }",
        "extend type Query { x: Int }",
        "{ a: viewer { login } \"\"\"}\"\"\" }",
        deep.as_str(),
        &format!("{{ {aliases} }}"),
        &format!("{{ {names} }}"),
        &format!("{{ ...f0 }} {bomb} fragment f30 on Query {{ viewer {{ login }} }}"),
        &format!("{{ viewer {{ login }} }} #{}", "x".repeat(70_000)),
    ] {
        let answer = query(&app, &token, document).await;
        assert_eq!(refused(&answer), (403, "graphql_denied".to_owned()), "{document:.200} {}", answer.text());
    }
    assert!(queries(&app).is_empty(), "GitHub was asked");
    keeps_nothing(&app, "a refusal");
}

/// What GitHub refuses when it validates a document is refused here, too: the same command prints
/// the same with the pool and without it.
#[tokio::test]
async fn what_github_finds_invalid_is_not_served() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    for (document, variables) in [
        (format!("query($x: String) {{ {NAME} }}"), json!({})),
        (format!("query($x: String) {{ {NAME} }}"), json!({"x": "y"})),
        (format!("query($x: String, $x: String) {{ {NAME} a: __type(name: $x) {{ name }} }}"), json!({"x": "y"})),
        ("query($n: Int!) { repository(owner: \"acme\", name: \"rocket\") { label(name: $n) { name } } }".to_owned(), json!({"n": 7})),
        ("query($n: String) { repository(owner: \"acme\", name: $n) { name } }".to_owned(), json!({"n": "rocket"})),
        ("query($n: [String!]!) { repository(owner: \"acme\", name: $n) { name } }".to_owned(), json!({"n": "rocket"})),
        ("query($n: ID!) { repository(owner: \"acme\", name: $n) { name } }".to_owned(), json!({"n": "rocket"})),
        (format!("{{ {NAME} }} fragment unused on Query {{ viewer {{ login }} }}"), json!({})),
        (format!("{{ ...f }} fragment f on Query {{ {NAME} }} fragment f on Query {{ viewer {{ login }} }}"), json!({})),
        (format!("query A {{ {NAME} }} query A {{ {NAME} }}"), json!({})),
        (format!("query A {{ {NAME} }} {{ {NAME} }}"), json!({})),
        (format!("query @skip(if: true) {{ {NAME} }}"), json!({})),
        (format!("query @unknown {{ {NAME} }}"), json!({})),
        (format!("{{ ...f }} fragment f on Query @unknown {{ {NAME} }}"), json!({})),
        (format!("query($x: Boolean = true @unknown) {{ {NAME} @include(if: $x) }}"), json!({})),
        (format!("{{ {NAME} @include(if: true) @include(if: true) }}"), json!({})),
        ("{ repository(owner: \"acme\", name: \"rocket\") { issues(first: 1, last: 1) { nodes { title } } } }".to_owned(), json!({})),
    ] {
        let answer = ask(&app, &token, &document, variables).await;
        assert_eq!(answer.status(), 403, "{document} {}", answer.text());
    }
    assert!(queries(&app).is_empty());
}

#[tokio::test]
async fn a_query_in_an_unusual_form_is_served() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let served = json!({"data": {"repository": {"name": "rocket"}}});
    for (document, variables) in [
        (format!("\u{feff}{{ {NAME} }}"), json!({})),
        (format!("query{{{NAME}}}"), json!({})),
        (format!("# mutation {{ x }}\nquery Q {{ {NAME} }} # }}"), json!({})),
        ("{ repository(owner: \"\"\"acme\"\"\", name: \"r\\u006fcket\") { name } }".to_owned(), json!({})),
        ("{repository(owner:\"acme\"name:\"rocket\"){name,,,}}".to_owned(), json!({})),
        ("query($n: String = \"rocket\") { ... @include(if: true) { repository(owner: \"acme\", name: \"rocket\") { name } } a: __type(name: $n) @skip(if: true) { name } }".replace("query($n: String = \"rocket\")", "query").replace("$n", "\"x\""), json!({})),
        ("query($n: String!) { repository(owner: \"acme\", name: $n) { name } }".to_owned(), json!({"n": "rocket", "unknown": 1})),
        ("query($n: String! = \"rocket\") { repository(owner: \"acme\", name: $n) { name } }".to_owned(), json!({})),
        ("query($s: Boolean!) { repository(owner: \"acme\", name: \"rocket\") { name url @skip(if: $s) } }".to_owned(), json!({"s": true})),
        ("query Q { ...a } fragment a on Query { ...b } fragment b on Query { repository(owner: \"acme\", name: \"rocket\") { name } }".to_owned(), json!({})),
    ] {
        let answer = ask(&app, &token, &document, variables).await;
        assert_eq!((answer.status(), answer.json()), (200, served.clone()), "{document}");
    }
    let two =
        "query A { repository(owner: \"acme\", name: \"rocket\") { name } } query B { viewer { login } }";
    for (name, expected) in [("A", served), ("B", json!({"data": {"viewer": {"login": "hubot"}}}))] {
        let answer = ask_with(&app, &token, &json!({"query": two, "operationName": name}), &[]).await;
        assert_eq!(answer.json(), expected);
    }
    for name in [Value::Null, json!("C"), json!("a")] {
        let answer = ask_with(&app, &token, &json!({"query": two, "operationName": name}), &[]).await;
        assert_eq!(refused(&answer).0, 403, "{name}");
    }
}
