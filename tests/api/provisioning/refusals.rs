//! Other 403s, in GitHub's words as public reports quote them: each is named to each reader, with
//! advice that the reader can follow.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault, demo};
use serde_json::{Value, json};

use crate::support::{log_in, provision, register, register_app};

fn said(message: &str) -> Effect {
    Effect::respond(403, json!({"message": message, "documentation_url": "https://docs.github.com/rest"}))
}

/// GitHub's answer, and words that name its cause.
fn causes() -> Vec<(Effect, &'static str)> {
    vec![
        (
            said("Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.")
                .with_header("X-GitHub-SSO", "required; url=https://github.com/orgs/acme/sso?authorization_request=ABCDEF"),
            "single sign-on",
        ),
        (
            said("Although you appear to have the correct authorization credentials, the `acme` organization has enabled or enforced SAML SSO. To access this resource, you must re-authorize the OAuth Application `GitHub CLI`."),
            "single sign-on",
        ),
        (
            said("Although you appear to have the correct authorization credentials, the `acme` enterprise has an IP allow list enabled, and 172.71.5.9 is not permitted to access this resource."),
            "IP allow list",
        ),
        (
            said("Although you appear to have the correct authorization credentials, the `acme` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited."),
            "OAuth Apps",
        ),
        (
            said("`acme` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions."),
            "(classic)",
        ),
        (
            said("`acme` forbids access via a personal access token with fine-grained permissions. Please use a GitHub App, OAuth App, or a personal access token (classic)."),
            "fine-grained",
        ),
        (
            said("The 'acme' organization forbids access via a personal access tokens (classic) if the token's lifetime is greater than 8 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/tokens/123"),
            "lifetime",
        ),
        (said("Sorry. Your account is suspended."), "suspended the account"),
        (said("Resource not accessible by personal access token"), "permission"),
        (said("Resource not accessible by integration"), "installation token"),
        (said("Repository access blocked"), "blocked"),
        (
            Effect::respond(403, json!({"message": "Repository access blocked", "block": {"reason": "tos", "created_at": "2026-01-01T00:00:00Z"}})),
            "blocked",
        ),
        (said("This repository has been disabled. Access blocked by GitHub staff."), "blocked"),
    ]
}

#[track_caller]
fn plain(text: &str) {
    for foreign in ["ABCDEF", "172.71", "appear to have", "settings/tokens/123", "tos", "staff"] {
        assert!(!text.contains(foreign), "{foreign}: {text}");
    }
}

#[tokio::test]
async fn each_reader_is_told_which_it_is() {
    for (effect, words) in causes() {
        let app = TestApp::start().await;
        provision(&app, "hubot", "maintainers").await;
        app.github.fault(Fault::on("GET", "/orgs/acme/memberships/*", effect.clone()));
        let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
        let text = answer.expect(403, "org_member_denied").text();
        assert!(text.contains(words), "{text}");
        plain(&text);
        let body = json!({"pool": "team", "github_login": "mona"});
        let answer = app.admin().post("/v1/admin/callers", &body).await;
        let text = answer.expect(502, "org_verification_failed").text();
        assert!(text.contains(words) && !text.contains("this token"), "{text}");
        plain(&text);
        let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
        let checks = doctor["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == "org_token_reads_members").unwrap();
        assert!(check["problem"].as_str().unwrap().contains(words), "{check}");
        plain(&check.to_string());
    }
}

#[tokio::test]
async fn a_verification_names_it_for_one_repository_and_for_several() {
    for (effect, words) in causes() {
        let app = TestApp::start().await;
        register(&app, json!({"scopes": [{"owner": "acme", "repo": "rocket"}]})).await;
        app.github.fault(Fault::on("GET", "/repos/*", effect.clone()));
        for scopes in [
            json!([{"owner": "acme", "repo": "rocket"}]),
            json!([{"owner": "acme"}]),
            json!([{"owner": "acme", "repo": "website"}, {"owner": "acme"}, {"owner": "*"}]),
        ] {
            register(&app, json!({"scopes": scopes})).await;
            let path = "/v1/admin/pools/team/identities/p1/verify";
            let answer = app.admin().post(path, &json!({})).await.ok(200);
            let checks = answer["checks"].as_array().unwrap();
            let failed: Vec<&Value> = checks.iter().filter(|check| check["ok"] == false).collect();
            assert_eq!(failed.len(), 1, "{answer}");
            let problem = failed[0]["problem"].as_str().unwrap();
            assert!(problem.contains(words), "{problem}");
            plain(&answer.to_string());
        }
    }
}

#[tokio::test]
async fn a_limit_with_403_is_a_limit_whatever_its_words() {
    for effect in [
        said(
            "API rate limit exceeded for user ID 1001. If you reach out to GitHub Support for help, please include the request ID.",
        ),
        said("You have exceeded a secondary rate limit. Please wait a few minutes before you try again."),
        said(
            "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.",
        ),
        said("Forbidden").with_header("retry-after", "60"),
        said("Forbidden").with_header("x-ratelimit-remaining", "0"),
        Effect::respond(429, json!({"message": "Too many requests"})),
    ] {
        let app = TestApp::start().await;
        register(&app, json!({})).await;
        register_app(&app, "app", demo::INSTALLATION).await;
        app.github.fault(Fault { method: None, ..Fault::on("GET", "*", effect.clone()) });
        for id in ["p1", "app"] {
            let path = format!("/v1/admin/pools/team/identities/{id}/verify");
            let answer = app.admin().post(&path, &json!({})).await.ok(200).to_string();
            assert!(answer.contains("rate limit") && !answer.contains("suspended"), "{effect:?}: {answer}");
        }
        let answer =
            app.admin().post("/v1/admin/callers", &json!({"pool": "team", "github_login": "mona"})).await;
        assert!(answer.expect(502, "github_user_lookup_failed").text().contains("rate limit"), "{effect:?}");
    }
}

#[tokio::test]
async fn an_app_is_told_of_its_own_causes_only() {
    for (message, words) in [
        ("This installation has been suspended", "suspended"),
        (
            "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.",
            "IP allow list",
        ),
        ("Canary", "without a cause that octopool knows"),
    ] {
        let app = TestApp::start().await;
        register_app(&app, "app", demo::INSTALLATION).await;
        app.github.fault(Fault::on("POST", "/app/installations/*", said(message)));
        let path = "/v1/admin/pools/team/identities/app/verify";
        let answer = app.admin().post(path, &json!({})).await.ok(200).to_string();
        assert!(answer.contains(words) && !answer.contains("Canary"), "{answer}");
        assert!(!answer.contains("settings/tokens"), "an App has no token page: {answer}");
    }
}
