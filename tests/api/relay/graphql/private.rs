//! Nothing private leaves through a GraphQL query: not by name, not by id, not by a search, not
//! beside what was asked for, and not from a cache.

use octopool_graphql_documents::{Recorded, recorded};
use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{PRIVATE_TEXT, ROCKET};
use serde_json::{Value, json};

use super::support::{
    PULL, Serves, advance, app_team, ask, ask_within, cache, is_nowhere, pat_team, queries, refused, rocket,
    serve,
};
use crate::support::{asked, read, reason};

const NODE: &str = "query($id: ID!) { node(id: $id) { ... on PullRequest { title state } } }";
const SEARCH: &str = "query($q: String!) { search(query: $q, type: ISSUE, first: 5) { issueCount nodes { \
     ... on Issue { title repository { nameWithOwner } } ... on PullRequest { title } } } }";
/// Names and texts that only few may see.
const SECRETS: [&str; 4] = [PRIVATE_TEXT, "secret-plans", "for-few-eyes-only", "mona/rocket"];

fn plans() -> Value {
    json!({"o": "acme", "n": "secret-plans"})
}

fn make_private(app: &TestApp, private: bool) {
    app.github.edit(|state| state.repositories.set_private(ROCKET, private)).unwrap();
}

/// GitHub's id of the pull request that [`PULL`] asks for.
async fn id_of_pull(app: &TestApp, token: &str) -> String {
    let query = PULL.replace("number title state", "id");
    let answer = ask(app, token, &query, rocket()).await.ok(200);
    answer["data"]["repository"]["pullRequest"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_private_repository_is_refused_and_no_identity_spent() {
    for by_app in [true, false] {
        let app = TestApp::start().await;
        let token = if by_app { app_team(&app).await } else { pat_team(&app).await };
        for name in [plans(), json!({"o": "acme", "n": "no-such-repository"})] {
            let answer = ask(&app, &token, PULL, name).await;
            assert_eq!(refused(&answer), (404, "repo_not_public".to_owned()));
        }
        assert!(queries(&app).is_empty());
    }
}

#[tokio::test]
async fn an_answer_that_shows_the_repository_private_is_a_negative_proof() {
    let app = TestApp::with("PUBLIC_REPO_TTL_SECONDS", "100000").start().await;
    let token = app_team(&app).await;
    ask(&app, &token, PULL, rocket()).await.ok(200);
    make_private(&app, true);
    // The App still sees it, and so do those who ask at the same time.
    let reads = (0..20).map(|_| ask_within(&app, &token, 0, (PULL, rocket())));
    for answer in futures_util::future::join_all(reads).await {
        assert_eq!(refused(&answer), (404, "repo_not_public".to_owned()));
    }
    let asked_so_far = queries(&app).len();
    for _ in 0..2 {
        let answer = ask(&app, &token, PULL, rocket()).await;
        assert_eq!(refused(&answer), (404, "repo_not_public".to_owned()), "what was cached is not served");
        assert_eq!(reason(&read(&app, &token, "/repos/acme/rocket").await), "repo_not_public");
        app.new_isolate();
    }
    assert_eq!(queries(&app).len(), asked_so_far);
    let proof = "SELECT public FROM repository_proofs WHERE repository = 'acme/rocket'";
    assert_eq!(app.database.value(proof), 0);
}

#[tokio::test]
async fn an_object_is_read_by_its_id_as_long_as_its_repository_is_public() {
    for by_app in [true, false] {
        let app = TestApp::start().await;
        let token = if by_app { app_team(&app).await } else { pat_team(&app).await };
        let id = id_of_pull(&app, &token).await;
        // Another isolate does not know which repository it is in.
        app.new_isolate();
        let by_id = || ask(&app, &token, NODE, json!({"id": id}));
        let answer = by_id().await;
        assert_eq!(answer.header("x-octopool-route"), Some("graphql_node"));
        assert_eq!(answer.json()["data"]["node"]["state"], "OPEN", "{by_app}");
        assert_eq!(cache(&by_id().await), "hit");
        app.new_isolate();
        assert_eq!(cache(&by_id().await), "hit");
        make_private(&app, true);
        advance(&app, 1);
        // Somebody finds out, in this isolate or in another one.
        ask_within(&app, &token, 0, (PULL, rocket())).await;
        if by_app {
            for _ in 0..2 {
                let answer = by_id().await;
                assert_ne!(answer.header("x-octopool-cache"), Some("hit"), "{}", answer.text());
                assert!(!answer.text().contains("Pull request 7"), "{}", answer.text());
                app.new_isolate();
            }
        }
    }
}

#[tokio::test]
async fn an_object_of_a_private_repository_is_not_there() {
    for by_app in [true, false] {
        let app = TestApp::start().await;
        let token = if by_app { app_team(&app).await } else { pat_team(&app).await };
        let id = id_of_pull(&app, &token).await;
        make_private(&app, true);
        app.new_isolate();
        app.database.execute("DELETE FROM repository_proofs").unwrap();
        let answer = ask(&app, &token, NODE, json!({"id": id})).await;
        assert!(!answer.text().contains("Pull request 7"), "{}", answer.text());
        is_nowhere(&app, &answer, "Pull request 7");
    }
}

#[tokio::test]
async fn the_policy_counts_for_what_an_object_turns_out_to_be_in() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let id = id_of_pull(&app, &token).await;
    app.new_isolate();
    let policy = json!({"policy": {"allowed_owners": ["umbrella"], "allow_public_repos": false}});
    app.admin().patch("/v1/admin/pools/team", None, &policy).await.ok(200);
    let answer = ask(&app, &token, NODE, json!({"id": id})).await;
    assert_eq!(refused(&answer), (403, "owner_denied".to_owned()));
    is_nowhere(&app, &answer, "Pull request 7");
    let answer = ask(&app, &token, PULL, rocket()).await;
    assert_eq!(refused(&answer), (403, "owner_denied".to_owned()));
}

#[tokio::test]
async fn a_search_shows_what_is_public_if_the_policy_allows_searches() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let policy = |search| json!({"policy": {"allowed_owners": ["acme"], "allow_search": search}});
    app.admin().patch("/v1/admin/pools/team", None, &policy(false)).await.ok(200);
    let answer = ask(&app, &token, SEARCH, json!({"q": "Issue"})).await;
    assert_eq!(refused(&answer), (403, "search_denied".to_owned()));
    app.admin().patch("/v1/admin/pools/team", None, &policy(true)).await.ok(200);
    for q in ["Issue", "few eyes", "repo:acme/rocket Issue"] {
        let answer = ask(&app, &token, SEARCH, json!({"q": q})).await;
        assert_eq!(answer.status(), 200, "{q} {}", answer.text());
        is_nowhere(&app, &answer, PRIVATE_TEXT);
    }
    let answer = ask(&app, &token, SEARCH, json!({"q": "repo:acme/secret-plans x"})).await;
    assert_eq!(refused(&answer), (404, "repo_not_public".to_owned()));
}

#[tokio::test]
async fn several_repositories_must_all_be_public() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let both = "query($a: String!, $b: String!) { a: repository(owner: \"acme\", name: $a) { name } \
         b: repository(owner: \"acme\", name: $b) { name } }";
    let answer = ask(&app, &token, both, json!({"a": "rocket", "b": "website"})).await.ok(200);
    assert_eq!(answer["data"], json!({"a": {"name": "rocket"}, "b": {"name": "website"}}));
    let answer = ask(&app, &token, both, json!({"a": "rocket", "b": "secret-plans"})).await;
    assert_eq!(refused(&answer), (404, "repo_not_public".to_owned()));
    assert_eq!(asked(&app, "/repos/acme/secret-plans"), ["org"]);
}

#[tokio::test]
async fn no_document_of_gh_shows_what_is_private() {
    for serves in [Serves::App, Serves::Narrow, Serves::Wide] {
        let app = TestApp::start().await;
        let token = serve(&app, serves).await;
        let (mut served, mut wrong) = (0, Vec::new());
        for Recorded { name, query, variables } in recorded() {
            let answer = ask(&app, &token, &query, json!(variables)).await;
            served += usize::from(answer.status() == 200);
            if ![200, 403, 404].contains(&answer.status()) {
                wrong.push(format!("{name}: {}", answer.text()));
            }
            for secret in SECRETS {
                assert!(!answer.text().contains(secret), "{name} {serves:?}: {}", answer.text());
            }
            // Variables name it, and what was asked for is no secret.
            for secret in SECRETS {
                let kept = [app.edge_cache.dump(), app.coordinators.dump()].concat();
                assert!(!kept.contains(secret), "{name} {serves:?} keeps {secret}");
            }
        }
        for row in app.database.rows("SELECT body FROM cached_answers") {
            let body = row["body"].as_str().unwrap();
            assert!(SECRETS.iter().all(|secret| !body.contains(secret)), "{body}");
        }
        eprintln!("{serves:?}: {served} of {} served", recorded().len());
        assert!(wrong.is_empty(), "{serves:?}\n{}", wrong.join("\n"));
        assert!(served > 20, "{serves:?}: {served}");
    }
}
