//! What a caller can vary without asking for something else makes no entry, and what the caller is
//! called.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{read, read_with, reason, team};

fn answers(app: &TestApp, path: &str, body: &Value) {
    app.github.fault(Fault::on("GET", path, Effect::respond(200, body.clone())));
}

#[tokio::test]
async fn spellings_of_one_question_are_one_entry() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let sha = "ab".repeat(20);
    let page = |value: Value| json!({"query": {"per_page": value}});
    let head = |sha: &str| json!({"route_hint": {"pr_head_sha": sha, "kind": "x"}});
    let nothing = json!({});
    for (first, more, others) in [
        (
            "/users/mona",
            nothing.clone(),
            vec![("/users/MONA", nothing.clone()), ("/users/mOnA/", json!({"query": {"per_page": 9}}))],
        ),
        ("/orgs/acme/events", nothing.clone(), vec![("/orgs/Acme/events", json!({"query": {"page": 0}}))]),
        (
            "/orgs/acme/public_members/mona",
            nothing.clone(),
            vec![("/orgs/acme/public_members/Mona", nothing.clone())],
        ),
        (
            "/repos/acme/rocket/assignees/mona",
            nothing.clone(),
            vec![("/repos/acme/ROCKET/assignees/MONA", nothing.clone())],
        ),
        (
            "/repos/acme/rocket/pulls",
            page(json!(100)),
            vec![
                ("/repos/acme/rocket/pulls", page(json!(101))),
                ("/repos/acme/rocket/pulls/", page(json!("000999999999"))),
            ],
        ),
        (
            "/repos/acme/rocket/pulls/7/files",
            head(&sha),
            vec![("/repos/acme/rocket/pulls/7/files", head(&sha.to_ascii_uppercase()))],
        ),
        (
            "/repos/acme/rocket/branches",
            nothing.clone(),
            vec![
                ("/repos/acme/rocket/branches", head(&sha)),
                ("/repos/acme/rocket/branches", head("not a digest")),
            ],
        ),
        (
            "/repos/acme/rocket/labels",
            nothing.clone(),
            vec![
                (
                    "/repos/acme/rocket/labels",
                    json!({"headers": {"accept": "application/vnd.github.v3+json; charset=utf-8"}}),
                ),
                (
                    "/repos/acme/rocket/labels",
                    json!({"headers": {"accept": "application/vnd.github.raw+json, text/html", "user-agent": "x"}}),
                ),
                ("/repos/acme/rocket/labels", json!({"headers": {"x-github-api-version": "2022-11-28"}})),
                (
                    "/repos/acme/rocket/labels",
                    json!({"headers": {"x-anything": "1", "accept-language": "de"}, "nonce": 7}),
                ),
            ],
        ),
    ] {
        answers(&app, first, &json!([{"id": 1}]));
        assert_eq!(read_with(&app, &token, first, more).await.ok(200)["relay"]["cache"], "miss", "{first}");
        for (other, more) in others {
            let answer = read_with(&app, &token, other, more.clone()).await.ok(200);
            assert_eq!(answer["relay"]["cache"], "hit", "{other} {more}");
        }
    }
    assert_eq!(reason(&read(&app, &token, "/repos/acme/rocket/issues/007").await), "route_denied");
}

#[tokio::test]
async fn a_new_head_is_a_new_question_about_its_pull_request() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for path in ["pulls/7", "pulls/7/commits", "issues/7/comments", "git/ref/pull/7/merge"] {
        let path = format!("/repos/acme/rocket/{path}");
        answers(&app, &path, &json!({"state": "closed"}));
        for sha in ["a", "b", "c"] {
            let more = json!({"route_hint": {"pr_head_sha": sha.repeat(64)}});
            assert_eq!(
                read_with(&app, &token, &path, more).await.ok(200)["relay"]["cache"],
                "miss",
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn me_is_the_caller_in_every_spelling_or_refused() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let policy = json!({"allowed_owners": ["acme"], "allow_search": true});
    app.admin().patch("/v1/admin/pools/team", None, &json!({"policy": policy})).await.ok(200);
    answers(&app, "/search/issues", &json!({"total_count": 0, "incomplete_results": false, "items": []}));
    for q in [
        "AUTHOR:@me is:public",
        "is:public (assignee:@ME OR mentions:\"@Me\")",
        "is:public NOT commenter:@me",
        "is:public involves:octocat,@me",
        "is:public reviewed-by:@me review-requested:@mE",
        "user:@me is:public",
        "repo:@me/rocket",
        "is:public @me",
        "is:public author:@me(",
        "is:public author:\"@me",
        "is:public author:\"x @me\"",
        "is:public team-review-requested:@me",
        "is:public author:\u{ff20}me",
    ] {
        read_with(&app, &token, "/search/issues", json!({"query": {"q": q}})).await;
    }
    let sent: Vec<_> = app
        .github
        .requests()
        .into_iter()
        .filter(|it| it.path == "/search/issues")
        .map(|it| it.query)
        .collect();
    assert!(sent.len() >= 6, "{sent:?}");
    for query in sent {
        assert!(!query.to_ascii_lowercase().contains("%40me"), "{query}");
    }
}

#[tokio::test]
async fn names_that_are_nobodys_leave_nothing_for_good() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for number in 0..40 {
        reason(&read(&app, &token, &format!("/repos/acme/nothing-{number}/issues")).await);
    }
    app.clock.advance(std::time::Duration::from_hours(26));
    app.maintain().await;
    for table in ["repository_findings", "cached_answers"] {
        assert_eq!(app.database.value(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}
