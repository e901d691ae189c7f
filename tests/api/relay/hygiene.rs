//! Nothing that not everybody may see is in an answer or kept, and every other byte is as GitHub
//! wrote it.

#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

use std::sync::atomic::{AtomicU64, Ordering};

use octopool_core::relay::{Cleaned, Holds, Repository, clean};
use octopool_testkit::TestApp;
use octopool_testkit::github::demo::PRIVATE_TEXT;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use super::bodies::{CANARY, Described, Random, body, described};
use crate::support::{read, read_with, reason, team};

const ROCKET: &str = "/repos/acme/rocket";
const ISSUE: &str = "/repos/acme/rocket/issues/1";
const SECRET: &str = "canary-secret-plans";

/// How many bodies are made (`OCTOPOOL_BODIES`).
const BODIES: u64 = 100_000;
/// The first seed (`OCTOPOOL_SEED`); each body has the next one.
const SEED: u64 = 0x0c70_9001;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

#[test]
fn nothing_private_is_left_of_any_body_and_nothing_else_is_missing() {
    let routes = described();
    let (count, seed) = (setting("OCTOPOOL_BODIES", BODIES), setting("OCTOPOOL_SEED", SEED));
    let (next, planted) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            threads.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let route = &routes[usize::try_from(index).unwrap() % routes.len()];
                    planted.fetch_add(check(route, seed + index), Ordering::Relaxed);
                }
            });
        }
    });
    let planted = planted.into_inner();
    assert!(planted > count, "only {planted} things were planted into {count} bodies");
}

/// Cleans a body as it was sent and as everybody may see it; how much was planted.
fn check(route: &Described, seed: u64) -> u64 {
    let body = body(route, &mut Random::new(seed));
    let pattern = route.row.pattern;
    let what = || format!("OCTOPOOL_SEED={seed} OCTOPOOL_BODIES=1, {pattern}\nsent {}\n", body.sent);
    let bound = pattern.starts_with("/repos/")
        || pattern.starts_with("/search/") && !pattern.ends_with("/repositories");
    let rocket = Repository { owner: "acme".to_owned(), name: "rocket".to_owned() };
    let asked = bound.then_some(&rocket);
    let left = |text: &str| match clean(route.row.holds, asked, text) {
        Cleaned::Unchanged | Cleaned::Unshared(None) => text.to_owned(),
        Cleaned::Changed(left) | Cleaned::Unshared(Some(left)) => left,
        refused @ (Cleaned::Hidden | Cleaned::Private | Cleaned::Invalid) => {
            panic!("{refused:?}: {}", what())
        }
    };
    assert_same(&left(&body.public), &body.public, &what);
    let cleaned = left(&body.sent);
    assert!(!cleaned.contains(CANARY), "a canary is left: {}", what());
    assert_same(&cleaned, &body.public, &what);
    u64::try_from(body.planted).unwrap()
}

fn assert_same(cleaned: &str, public: &str, what: &dyn Fn() -> String) {
    if cleaned != public {
        let same = cleaned.bytes().zip(public.bytes()).take_while(|(one, other)| one == other).count();
        let rest = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[same.saturating_sub(80)..])
                .chars()
                .take(300)
                .collect::<String>()
        };
        panic!("{}differs after {same} bytes\nleft   …{}\npublic …{}", what(), rest(cleaned), rest(public));
    }
}

/// How many bodies go through the whole of the relay.
const RELAYED: u64 = 400;

#[tokio::test]
async fn nothing_private_is_in_answers_or_kept_anywhere() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let policy = json!({"policy": {"allow_search": true}});
    app.admin().patch("/v1/admin/pools/team", None, &policy).await.ok(200);
    read(&app, &token, ROCKET).await.ok(200);
    let routes: Vec<_> = described().into_iter().filter(|route| route.row.kind != "rate_limit").collect();
    let seed = setting("OCTOPOOL_SEED", SEED);
    for index in 0..RELAYED {
        let route = &routes[usize::try_from(index).unwrap() % routes.len()];
        let (path, body) = (filled(route.row.pattern), body(route, &mut Random::new(seed + index)));
        let what = format!("OCTOPOOL_SEED={} {path}\nsent {}", seed + index, body.sent);
        let sent: Value = serde_json::from_str(&body.sent).unwrap();
        app.github.fault(Fault::on("GET", &path, Effect::respond(200, sent)).once());
        if route.row.holds == Holds::ReviewComments {
            let above = path.rsplit_once('/').unwrap().0;
            let shown = Effect::respond(200, json!({"id": 1, "state": "APPROVED"}));
            app.github.fault(Fault::on("GET", above, shown).once());
        }
        let query = if path.starts_with("/search/") { json!({"q": search(&path)}) } else { json!({}) };
        let more = json!({"query": query, "headers": {"cache-control": "max-age=0"}});
        let answer = read_with(&app, &token, &path, more).await.ok(200);
        let public: Value = serde_json::from_str(&body.public).unwrap();
        assert_eq!((&answer["status"], &answer["body"]), (&json!(200), &public), "{what}");
        assert!(!answer.to_string().contains(CANARY), "{what}");
    }
    assert_clean(&app, CANARY);
}

fn search(path: &str) -> &'static str {
    if path.ends_with("repositories") { "x" } else { "repo:acme/rocket x" }
}

/// A path of this pattern.
fn filled(pattern: &str) -> String {
    let segments = pattern.split('/').map(|segment| match segment {
        "{owner}" => "acme",
        "{repo}" => "rocket",
        "{login}" => "mona",
        "{sha}" => "6dcb09b5b57875f334f61aebed695e2e4193db5e",
        "{metric}" => "contributors",
        variable if variable.starts_with("{number") => "1",
        variable if variable.starts_with('{') => "x",
        literal => literal,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Nothing of it is in the database, the near cache or the coordinator.
#[track_caller]
fn assert_clean(app: &TestApp, canary: &str) {
    for kept in [app.database.dump(), app.edge_cache.dump(), app.coordinators.dump()] {
        assert!(!kept.contains(canary), "{kept}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_its_route_promises_is_no_answer() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let event = json!([{"id": "1", "public": false, "payload": SECRET}]);
    let of_type = |body: Value, content_type: &str| {
        Effect::respond(200, body).with_header("content-type", content_type)
    };
    let raw = "application/vnd.github.raw+json";
    for (path, accept, effect) in [
        ("/users/mona/events", "application/json", of_type(event.clone(), "text/plain; charset=utf-8")),
        ("/users/mona/events", "text/plain", of_type(event.clone(), "text/plain; charset=utf-8")),
        ("/users/mona/events", raw, of_type(event.clone(), raw)),
        ("/users/mona/events", "application/json", of_type(event.clone(), "application/octet-stream")),
        (
            "/users/mona/events",
            "application/json",
            of_type(event.clone(), "application/json; charset=utf-16"),
        ),
        (ISSUE, "application/json", Effect::respond(200, json!("<html>"))),
        (ISSUE, "application/json", Effect::respond(200, json!(7))),
        (ISSUE, "application/json", Effect::respond(200, Value::Null)),
        (ISSUE, "application/json", Effect::status(200)),
        (ISSUE, "application/json", Effect::status(206)),
        (
            ISSUE,
            "application/vnd.github.diff",
            of_type(json!(SECRET), "application/vnd.github.diff; charset=utf-8"),
        ),
        ("/repos/acme/rocket/contents/a", "application/json", of_type(json!(SECRET), raw)),
        ("/repos/acme/rocket/contents/a", raw, of_type(json!(SECRET), "text/html; charset=utf-8")),
        (
            "/repos/acme/rocket/pulls/1",
            "application/vnd.github.diff",
            of_type(json!(SECRET), "application/vnd.github.patch"),
        ),
    ] {
        app.github.fault(Fault::on("GET", path, effect.clone()).once());
        let headers = json!({"headers": {"accept": accept}});
        let answer = read_with(&app, &token, path, headers).await;
        assert_eq!(
            (answer.status(), answer.code().as_str()),
            (502, "github_response_invalid"),
            "{path} {accept} {effect:?}"
        );
    }
    assert_eq!(app.database.value("SELECT count(*) FROM cached_answers"), 0);
    assert_clean(&app, SECRET);
}

#[tokio::test]
async fn what_says_no_says_nothing_private() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let secret = json!({"full_name": format!("acme/{SECRET}"), "private": true});
    let said = json!({"message": "Gone", "repository": secret, "errors": [{"code": "x"}, {"on": secret}], "token": SECRET});
    let page = |status| Effect::respond(status, json!(SECRET)).with_header("content-type", "text/html");
    for (effect, left) in [
        (Effect::respond(404, said.clone()), Value::Null),
        (
            Effect::respond(
                410,
                json!({"message": "Gone", "a": secret, "errors": said["errors"], "token": SECRET}),
            ),
            json!({"message": "Gone", "errors": [{"code": "x"}]}),
        ),
        (page(404), Value::Null),
        (page(500), Value::Null),
        (Effect::respond(422, json!(SECRET)), Value::Null),
    ] {
        app.github.fault(Fault::on("GET", ISSUE, effect).once());
        let body = read(&app, &token, ISSUE).await.ok(200);
        let nothing = left.is_null() && (body["body"] == "" || body["body"].is_null());
        assert!(nothing || body["body"]["errors"] == left["errors"], "{body}");
        assert!(!body.to_string().contains(SECRET), "{body}");
    }
    assert_clean(&app, SECRET);
}

#[tokio::test]
async fn the_bytes_of_a_drafts_file_are_not_there() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket/releases/assets/9";
    let bytes = Effect::respond(200, json!(SECRET)).with_header("content-type", "application/octet-stream");
    let asset = |tag: &str| json!({"id": 9, "browser_download_url": format!("https://github.com/acme/rocket/releases/download/{tag}/x.zip")});
    let accept = json!({"headers": {"accept": "application/octet-stream"}});
    let elsewhere =
        Effect::Redirect { location: format!("https://objects.githubusercontent.com/{SECRET}"), status: 302 };
    for effect in [bytes.clone(), elsewhere] {
        app.github.fault(Fault::on("GET", path, effect).once());
        app.github.fault(Fault::on("GET", path, Effect::respond(200, asset("untagged-1"))).once());
        let answer = read_with(&app, &token, path, accept.clone()).await.ok(200);
        assert_eq!((&answer["status"], &answer["body"]["message"]), (&json!(404), &json!("Not Found")));
        assert!(!answer.to_string().contains(SECRET), "{answer}");
    }
    // No proof is none.
    app.github.fault(Fault::on("GET", path, bytes.clone()).once());
    app.github.fault(Fault::on("GET", path, Effect::status(500)).once());
    read_with(&app, &token, path, accept.clone()).await.expect(502, "github_response_invalid");
    assert_clean(&app, SECRET);
    app.github.fault(Fault::on("GET", path, bytes).once());
    app.github.fault(Fault::on("GET", path, Effect::respond(200, asset("v1"))).once());
    let answer = read_with(&app, &token, path, accept).await.ok(200);
    assert_eq!((&answer["status"], &answer["body"]), (&json!(200), &json!(format!("\"{SECRET}\""))));
}

#[tokio::test]
async fn comments_of_a_pending_review_are_not_there() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let review = "/repos/acme/rocket/pulls/7/reviews/9";
    let comments = format!("{review}/comments");
    for (state, status) in [("PENDING", 404), ("COMMENTED", 200)] {
        app.github.fault(
            Fault::on("GET", &comments, Effect::respond(200, json!([{"id": 1, "body": SECRET}]))).once(),
        );
        app.github
            .fault(Fault::on("GET", review, Effect::respond(200, json!({"id": 9, "state": state}))).once());
        let answer = read(&app, &token, &comments).await.ok(200);
        assert_eq!(answer["status"], status, "{state}");
        assert_eq!(answer.to_string().contains(SECRET), status == 200);
    }
}

#[tokio::test]
async fn an_answer_that_shows_the_repository_private_ends_all_of_it() {
    for (path, shown) in [
        (ROCKET, json!({"id": 1, "full_name": "acme/rocket", "private": true, "description": SECRET})),
        (
            "/repos/acme/rocket/pulls",
            json!([{"id": 1, "title": SECRET, "base": {"repo": {"full_name": "Acme/Rocket", "private": true}}}]),
        ),
        (
            "/repos/acme/rocket/actions/runs",
            json!({"total_count": 1, "workflow_runs": [{"repository": {"full_name": "acme/rocket", "visibility": "internal"}}]}),
        ),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.github.fault(Fault::on("GET", ISSUE, Effect::respond(200, json!({"id": 1, "state": "open"}))));
        read(&app, &token, ISSUE).await.ok(200);
        app.github.fault(Fault::on("GET", path, Effect::respond(200, shown)).once());
        assert_eq!(reason(&read(&app, &token, path).await), "repo_not_public", "{path}");
        for isolate in ["the same", "another"] {
            assert_eq!(
                reason(&read(&app, &token, ISSUE).await),
                "repo_not_public",
                "{path}: {isolate} isolate"
            );
            app.new_isolate();
        }
        assert_clean(&app, SECRET);
    }
}

/// The seed's `mona` sees a private fork, an issue of it that mentions `acme/rocket`, a review that
/// she has begun and a secret team.
#[tokio::test]
async fn what_a_token_sees_beyond_the_public_is_not_there() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let paged = json!({"query": {"per_page": "100"}});
    let timeline = read_with(&app, &token, "/repos/acme/rocket/issues/20/timeline", paged).await.ok(200);
    let names = timeline["body"].as_array().unwrap().iter();
    let names: Vec<_> =
        names.filter_map(|it| it["source"]["issue"]["repository"]["full_name"].as_str()).collect();
    assert_eq!(names, ["acme/website"]);
    let answer =
        async |path: &str| read(&app, &token, &format!("/repos/acme/rocket/pulls/{path}")).await.ok(200);
    let (reviews, pull) = (answer("5/reviews").await, answer("11").await);
    assert_eq!(reviews["body"].as_array().unwrap().len(), 1);
    assert_eq!(answer("5/reviews/50020053").await["status"], 404);
    assert_eq!(answer("5/reviews/50020053/comments").await["status"], 404);
    assert_eq!(answer("5/reviews/50020050/comments").await["status"], 200);
    assert_eq!((&pull["body"]["number"], &pull["body"]["head"]["repo"]), (&json!(11), &Value::Null));
    let teams = [
        answer("4").await["body"]["requested_teams"].clone(),
        answer("4/requested_reviewers").await["body"]["teams"].clone(),
    ];
    assert!(
        teams.iter().all(|teams| teams.as_array().unwrap().len() == 1 && teams[0]["slug"] == "pilots"),
        "{teams:?}"
    );
    let list =
        read_with(&app, &token, "/repos/acme/rocket/pulls", json!({"query": {"state": "all"}})).await.ok(200);
    assert_eq!(list["body"].as_array().unwrap().len(), 12);
    for text in [list.to_string(), pull.to_string(), timeline.to_string()] {
        assert!(!text.contains("mona/rocket") && !text.contains(PRIVATE_TEXT), "{text}");
    }
    for canary in [PRIVATE_TEXT, "mona/rocket", "PENDING", "for-few-eyes-only"] {
        assert_clean(&app, canary);
    }
}
