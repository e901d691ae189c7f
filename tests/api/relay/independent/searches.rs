//! Searches that could show what only the identity sees, and those that cannot.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::json;

use crate::support::{read_with, reason, team};

async fn searching_team(app: &TestApp) -> String {
    let token = team(app).await;
    let policy = json!({"allowed_owners": ["acme"], "allow_search": true});
    app.admin().patch("/v1/admin/pools/team", None, &json!({"policy": policy})).await.ok(200);
    for kind in ["issues", "code", "commits", "repositories"] {
        let body = json!({"total_count": 0, "incomplete_results": false, "items": []});
        app.github.fault(Fault::on("GET", &format!("/search/{kind}"), Effect::respond(200, body)));
    }
    token
}

#[tokio::test]
async fn a_search_that_is_not_bound_to_what_is_public_is_refused() {
    let app = TestApp::start().await;
    let token = searching_team(&app).await;
    for q in [
        "-is:public x",
        "NOT is:public x",
        "NOT (is:public OR x)",
        "is:private",
        "is:Internal",
        "visibility:PRIVATE",
        "visibility:public,private",
        "is:public OR is:private",
        "repo:acme/rocket OR x",
        "repo:acme/rocket OR repo:acme/secret-plans",
        "repo:acme/rocket repo:acme/secret-plans",
        "repo:acme/rocket,acme/secret-plans",
        "repo:acme/rocket org:acme",
        "repo:acme/rocket user:mona",
        "(repo:acme/rocket x) OR owner:acme",
        "repo:acme",
        "repo:*/rocket",
        "repo:acme/*",
        "repo: acme/rocket",
        "repo:\"acme/rocket",
        "x\\\" is:private \\\"",
        "\u{201c}x is:private\u{201d}",
        "project:acme/1",
        "team:acme/few",
        "enterprise:acme",
        "is:starred",
        "((((((((((((((x))))))))))))))",
        "x OR",
        "AND x",
        "x)",
        "(x",
        "",
        "   ",
    ] {
        for kind in ["issues", "repositories", "code", "commits"] {
            let path = format!("/search/{kind}");
            let answer = read_with(&app, &token, &path, json!({"query": {"q": q}})).await;
            assert_eq!(reason(&answer), "route_denied", "{path} {q:?}");
        }
    }
    assert!(!app.github.requests().iter().any(|it| it.path.starts_with("/search")), "nothing was asked");
}

#[tokio::test]
async fn a_search_that_is_bound_goes_out_as_it_is_read() {
    let app = TestApp::start().await;
    let token = searching_team(&app).await;
    for (kind, q, sent) in [
        (
            "issues",
            "REPO:\"acme/rocket\" label:\"good first issue\"",
            "REPO:\"acme/rocket\" label:\"good first issue\"",
        ),
        ("code", "(repo:acme/rocket) launch", "(repo:acme/rocket) launch"),
        ("commits", "repo:acme/rocket fix and go", "repo:acme/rocket fix \"and\" go"),
        ("issues", "a OR b", "(a OR b) is:public"),
        ("issues", "a or b", "a \"or\" b is:public"),
        ("issues", "a is:public", "a is:public"),
        ("issues", "(a OR b) is:Public", "(a OR b) is:Public"),
        ("repositories", "org:acme -topic:x", "org:acme -topic:x is:public"),
        ("repositories", "is:public OR stars:>1", "(is:public OR stars:>1) is:public"),
        ("issues", "std::vec https://x.example/y", "std::vec https://x.example/y is:public"),
        ("issues", "NOT repo:acme/rocket x", "NOT repo:acme/rocket x is:public"),
    ] {
        app.github.clear_requests();
        let path = format!("/search/{kind}");
        let body = read_with(&app, &token, &path, json!({"query": {"q": q, "page": 2}})).await.ok(200);
        assert_eq!(body["status"], 200, "{q}");
        let query = app.github.requests().into_iter().find(|it| it.path == path).unwrap().query;
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let expected = [("page", "2"), ("q", sent)].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected, "{q}");
        // What was written into the query is accepted again, as a client sends it for another page.
        let again = read_with(&app, &token, &path, json!({"query": {"q": sent, "page": 2}})).await.ok(200);
        assert_eq!(again["relay"]["cache"], "hit", "{sent}");
    }
}
