//! What GitHub says of a repository itself, to the org token and to reads: public, private, moved,
//! blocked, or nothing.

use futures_util::future::join_all;
use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{INSTALLATION, ROCKET as ROCKET_ID};
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{asked, provision, read, reason, register_app, team};

const ROCKET: &str = "/repos/acme/rocket";
const LANGUAGES: &str = "/repos/acme/rocket/languages";

fn redirect(location: &str) -> Effect {
    Effect::Redirect { location: location.to_owned(), status: 301 }
}

#[tokio::test]
async fn what_proves_nothing_denies_and_is_remembered() {
    let sso =
        Effect::status(403).with_header("x-github-sso", "required; url=https://github.com/orgs/acme/sso");
    for effect in [
        Effect::status(401),
        Effect::status(410),
        Effect::status(418),
        sso,
        Effect::Html,
        Effect::DropConnection,
        Effect::Nonsense,
        redirect("https://evil.example/repositories/1"),
        redirect("/repositories/../user"),
        redirect("//evil.example/repositories/1"),
        Effect::respond(200, json!({"full_name": "acme/rocket"})),
        Effect::respond(200, json!({"full_name": "acme/rocket", "private": "false"})),
        Effect::respond(200, json!({"full_name": "../rocket", "private": false})),
        Effect::respond(200, json!([{"private": false}])),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.github.fault(Fault::on("GET", ROCKET, effect.clone()));
        for _ in 0..3 {
            assert_eq!(
                reason(&read(&app, &token, LANGUAGES).await),
                "repo_public_check_failed",
                "{effect:?}"
            );
        }
        assert_eq!(
            (asked(&app, ROCKET), asked(&app, LANGUAGES).len()),
            (vec!["org".to_owned()], 0),
            "{effect:?}"
        );
    }
}

#[tokio::test]
async fn a_repository_that_is_not_public_by_any_word_is_not_served() {
    for body in [
        json!({"full_name": "acme/rocket", "private": true, "visibility": "public"}),
        json!({"full_name": "acme/rocket", "private": false, "visibility": "internal"}),
        json!({"full_name": "acme/rocket", "private": false, "visibility": "PRIVATE"}),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.github.fault(Fault::on("GET", ROCKET, Effect::respond(200, body.clone())));
        assert_eq!(reason(&read(&app, &token, LANGUAGES).await), "repo_not_public", "{body}");
        assert!(asked(&app, LANGUAGES).is_empty());
    }
}

#[tokio::test]
async fn a_mint_proves_only_what_it_says_of_this_repository() {
    let minted = |repositories: Value| json!({"token": "ghs_canary", "expires_at": "2100-01-01T00:00:00Z", "permissions": {"metadata": "read"}, "repositories": repositories});
    for (body, why) in [
        (
            minted(json!([{"full_name": "acme/rocket", "private": false, "visibility": "internal"}])),
            "repo_not_public",
        ),
        (
            minted(json!([{"full_name": "acme/rocket", "private": true, "visibility": "public"}])),
            "repo_not_public",
        ),
    ] {
        let app = TestApp::start().await;
        let token = provision(&app, "hubot", "team").await;
        register_app(&app, "a1", INSTALLATION).await;
        let path = format!("/app/installations/{INSTALLATION}/access_tokens");
        app.github.fault(Fault::on("POST", &path, Effect::respond(201, body.clone())));
        assert_eq!(reason(&read(&app, &token, LANGUAGES).await), why, "{body}");
        assert!(asked(&app, LANGUAGES).is_empty(), "{body}");
    }
}

#[tokio::test]
async fn a_repository_that_is_renamed_while_its_proof_counts_answers_301() {
    for through_app in [false, true] {
        let app = TestApp::start().await;
        let token = if through_app {
            let token = provision(&app, "hubot", "team").await;
            register_app(&app, "a1", INSTALLATION).await;
            token
        } else {
            team(&app).await
        };
        read(&app, &token, ROCKET).await.ok(200);
        app.github.edit(|state| state.rename_repository(ROCKET_ID, "booster")).unwrap();
        for path in ["/repos/acme/rocket/labels", "/repos/acme/rocket/tarball/main", ROCKET] {
            let answer = read(&app, &token, path).await.ok(200);
            let location = answer["headers"]["location"].as_str().unwrap_or_default().to_owned();
            let expected = path.replace("rocket", "booster");
            assert_eq!(answer["status"], 301, "{path}: {}", answer["body"]);
            assert!(location.ends_with(&format!("/api/v3{expected}")), "{path}: {location}");
        }
    }
}

#[tokio::test]
async fn all_who_ask_for_the_old_name_at_once_hear_the_new_one() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, ROCKET).await.ok(200);
    app.github.edit(|state| state.rename_repository(ROCKET_ID, "booster")).unwrap();
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/labels", Effect::Delay { ms: 100 }).once());
    app.github.clear_requests();
    let answers = join_all((0..8).map(|_| read(&app, &token, "/repos/acme/rocket/labels"))).await;
    for answer in answers {
        assert_eq!(answer.ok(200)["status"], 301);
    }
    assert!(app.github.requests().len() <= 4, "a read, a check and what it is redirected to");
    app.new_isolate();
    app.github.clear_requests();
    assert_eq!(read(&app, &token, LANGUAGES).await.ok(200)["status"], 301);
    assert!(app.github.requests().is_empty(), "it is remembered");
}

#[tokio::test]
async fn a_blocked_repository_is_githubs_451() {
    for body in [
        json!({"message": "Repository access blocked", "block": {"reason": "sensitive_data"}}),
        json!({"message": "Unavailable"}),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.github.fault(Fault::on("GET", ROCKET, Effect::respond(451, body)));
        for _ in 0..2 {
            assert_eq!(read(&app, &token, LANGUAGES).await.ok(200)["status"], 451);
        }
        assert_eq!((asked(&app, ROCKET).len(), asked(&app, LANGUAGES).len()), (1, 0));
    }
}
