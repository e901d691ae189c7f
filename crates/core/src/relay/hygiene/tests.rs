use serde_json::{Value, json};

use super::{Cleaned, Holds, Repository, clean};

const SECRET: &str = r#"{"id":7,"full_name":"acme/secret-plans","private":true}"#;

fn rocket() -> Repository {
    Repository { owner: "Acme".to_owned(), name: "rocket".to_owned() }
}

fn cleaned(holds: Holds, text: &str) -> Cleaned {
    clean(holds, Some(&rocket()), text)
}

/// What is left of a text.
#[track_caller]
fn left(holds: Holds, text: &str) -> String {
    match cleaned(holds, text) {
        Cleaned::Unchanged => text.to_owned(),
        Cleaned::Changed(left) => {
            assert_eq!(cleaned(holds, &left), Cleaned::Unchanged, "twice: {left}");
            left
        }
        other => panic!("{other:?} of {text}"),
    }
}

#[test]
fn what_depends_on_who_asked_is_taken_out() {
    for (holds, before, after) in [
        (
            Holds::Repository,
            json!({"id": 1, "private": false, "permissions": {"admin": true}, "temp_clone_token": "x", "role_name": "admin",
                   "allow_squash_merge": true, "security_and_analysis": {}, "parent": {"id": 2, "permissions": {}}}),
            json!({"id": 1, "private": false, "parent": {"id": 2}}),
        ),
        (Holds::Account, json!({"login": "mona", "plan": {}, "private_gists": 3}), json!({"login": "mona"})),
        (
            Holds::Accounts,
            json!([{"login": "mona", "user_view_type": "private"}, {"login": "hubot", "user_view_type": "public"}]),
            json!([{"login": "mona"}, {"login": "hubot", "user_view_type": "public"}]),
        ),
        (
            Holds::Releases,
            json!([{"id": 1, "draft": true}, {"id": 2, "draft": false}]),
            json!([{"id": 2, "draft": false}]),
        ),
        (
            Holds::Repositories,
            json!([{"id": 1, "private": true}, {"id": 2, "private": false, "permissions": {}}]),
            json!([{"id": 2, "private": false}]),
        ),
        (
            Holds::Repositories,
            json!({"total_count": 7, "items": [{"private": true}, {"id": 2, "visibility": "internal"}, {"id": 3}]}),
            json!({"total_count": 5, "items": [{"id": 3}]}),
        ),
        (
            Holds::Events,
            json!([{"id": "1", "public": false}, {"id": "2", "public": true}, {"id": "3", "public": null}]),
            json!([{"id": "2", "public": true}]),
        ),
        (
            Holds::Gists,
            json!([{"id": "a", "public": false}, {"id": "b", "public": true}]),
            json!([{"id": "b", "public": true}]),
        ),
        (
            Holds::Reviews,
            json!([{"id": 1, "state": "PENDING"}, {"id": 2, "state": "APPROVED"}, {"id": 3, "state": "pending"}]),
            json!([{"id": 2, "state": "APPROVED"}]),
        ),
        (
            Holds::Accounts,
            json!({"users": [], "teams": [{"slug": "x", "privacy": "secret"}, {"slug": "y", "privacy": "closed"}]}),
            json!({"users": [], "teams": [{"slug": "y", "privacy": "closed"}]}),
        ),
        (
            Holds::Assets,
            json!([{"browser_download_url": "https://github.com/acme/rocket/releases/download/untagged-1/a"}, {"id": 2}]),
            json!([{"id": 2}]),
        ),
        (
            Holds::Runs,
            json!({"total_count": 1, "workflow_runs": [{"id": 1, "head_repository": {"full_name": "mona/x", "private": true}}]}),
            json!({"total_count": 1, "workflow_runs": [{"id": 1, "head_repository": null}]}),
        ),
        (
            Holds::Checks,
            json!({"check_suites": [{"id": 1, "pull_requests": [
                {"id": 1, "base": {"repo": {"url": "https://api.github.com/repos/acme/rocket"}}},
                {"id": 2, "base": {"repo": {"url": "https://api.github.com/repos/acme/secret-plans"}}}]}]}),
            json!({"check_suites": [{"id": 1, "pull_requests": [
                {"id": 1, "base": {"repo": {"url": "https://api.github.com/repos/acme/rocket"}}}]}]}),
        ),
        (
            Holds::Issues,
            json!({"id": 1, "parent_issue_url": "https://api.github.com/repos/acme/secret-plans/issues/1"}),
            json!({"id": 1}),
        ),
    ] {
        let found: Value = serde_json::from_str(&left(holds, &before.to_string())).unwrap();
        assert_eq!(found, after, "{holds:?}");
    }
}

#[test]
fn an_issue_event_of_another_repository_goes() {
    let secret: Value = serde_json::from_str(SECRET).unwrap();
    let elsewhere = "https://api.github.com/repos/acme/secret-plans/commits/1";
    for (event, stays) in [
        (
            json!({"event": "cross-referenced", "source": {"type": "issue", "issue": {"title": "x", "repository": secret}}}),
            false,
        ),
        (
            json!({"event": "cross-referenced", "source": {"issue": {"title": "x", "repository_url": elsewhere}}}),
            false,
        ),
        (
            json!({"event": "cross-referenced", "source": {"issue": {"title": "x", "repository_url": elsewhere,
                   "repository": {"full_name": "acme/website", "private": false}}}}),
            true,
        ),
        (json!({"event": "referenced", "commit_id": "1", "commit_url": elsewhere}), false),
        (
            json!({"event": "referenced", "commit_url": "https://api.github.com/repos/ACME/Rocket/commits/1"}),
            true,
        ),
        (json!({"event": "closed", "commit_id": null, "commit_url": null}), true),
        (json!({"event": "reviewed", "state": "pending", "body": "x"}), false),
        (json!({"event": "reviewed", "state": "approved"}), true),
        (json!({"event": "added_to_project", "project_card": {"project_id": 1}}), false),
        (json!({"event": "added_to_project_v2"}), false),
        (json!({"event": "review_requested", "requested_team": {"name": "x", "privacy": "secret"}}), false),
        (json!({"event": "labeled", "label": {"name": "project"}}), true),
    ] {
        let text = json!([event, {"event": "labeled"}]).to_string();
        assert_eq!(left(Holds::IssueEvents, &text).contains("},{"), stays, "{event}");
    }
}

#[test]
fn a_private_repository_goes_with_what_exists_because_of_it() {
    for (holds, before, after) in [
        (
            Holds::Pulls,
            r#"[{"id":1,"head":{"label":"x","repo":$},"base":{"repo":{}}}]"#,
            r#"[{"id":1,"head":{"label":"x","repo":null},"base":{"repo":{}}}]"#,
        ),
        (Holds::Pulls, r#"{"id":1,"head":{"repo":$}}"#, r#"{"id":1,"head":{"repo":null}}"#),
        (Holds::Pulls, r#"[{"id":1,"base":{"repo":$}},{"id":2}]"#, r#"[{"id":2}]"#),
        (Holds::Repository, r#"{"id":1,"source":$,"parent":$}"#, r#"{"id":1}"#),
        (Holds::Repositories, r#"[{"id":1,"template_repository":$}]"#, r#"[{"id":1}]"#),
        (Holds::Events, r#"[{"id":"1","public":true,"payload":{"forkee":$}},{"id":"2"}]"#, r#"[{"id":"2"}]"#),
        (
            Holds::Code,
            r#"{"total_count":2,"items":[{"path":"a","repository":$},{"path":"b"}]}"#,
            r#"{"total_count":1,"items":[{"path":"b"}]}"#,
        ),
        (Holds::Facts, r#"{"a":{"b":$,"c":1}}"#, r#"{"a":{"c":1}}"#),
        (Holds::Facts, r#"{"a":{"b":[$,1.0]}}"#, r#"{"a":{"b":[1.0]}}"#),
        (Holds::Facts, r#"[{"a":{"b":{"c":$}}},2]"#, "[2]"),
        (Holds::Facts, "[$]", "[]"),
    ] {
        assert_eq!(left(holds, &before.replace('$', SECRET)), after, "{before}");
    }
}

#[test]
fn what_is_not_public_is_not_there() {
    for (holds, text) in [
        (Holds::Releases, r#"{"draft":true}"#),
        (Holds::Reviews, r#"{"state":"PENDING"}"#),
        (Holds::Events, r#"{"public":false}"#),
        (Holds::Facts, SECRET),
        (Holds::Issues, r#"{"id":1,"repository":$}"#),
        (Holds::IssueEvents, r#"{"id":1,"issue":{"repository":$}}"#),
    ] {
        assert_eq!(cleaned(holds, &text.replace('$', SECRET)), Cleaned::Hidden, "{text}");
    }
    assert_eq!(cleaned(Holds::Gist, r#"{"public":false}"#), Cleaned::Unshared(None));
}

#[test]
fn an_answer_that_shows_the_repository_private_proves_it() {
    for (holds, text) in [
        (Holds::Repository, r#"{"private":true}"#),
        (Holds::Repository, r#"{"full_name":"acme/rocket","private":"true"}"#),
        (Holds::Repository, r#"{"full_name":"acme/rocket","private":null}"#),
        (Holds::Repository, r#"{"full_name":"acme/rocket","private":false,"visibility":"internal"}"#),
        (Holds::Pulls, r#"[{"base":{"repo":{"full_name":"acme/ROCKET","private":true}}}]"#),
        (Holds::Events, r#"[{"repo":{"url":"https://api.github.com/repos/acme/rocket","private":true}}]"#),
        (Holds::Runs, r#"{"repository":{"nameWithOwner":"acme/rocket","isPrivate":true}}"#),
        (Holds::Repository, r#"{"full_name":"acme/rocket","private":[]}"#),
        (
            Holds::Facts,
            r#"{"url":"https://api.github.com/repos/acme/rocket/contents/a","download_url":"https://raw.example/a?token=x"}"#,
        ),
    ] {
        assert_eq!(cleaned(holds, text), Cleaned::Private, "{text}");
    }
    assert_eq!(clean(Holds::Repository, None, r#"{"private":true}"#), Cleaned::Hidden);
}

#[test]
fn everything_else_stays_byte_for_byte() {
    for (holds, text) in [
        (Holds::Deployments, r#"[{"id":1,"payload":{"repo":$,"token":"mine","draft":true}}]"#),
        (Holds::Events, r#"[{"public":true,"payload":{"deployment":{"payload":$}}}]"#),
        (Holds::Gist, r#"{"public":true,"files":{"private":{"content":"x"},"token":{"content":"y"}}}"#),
        (Holds::Names, r#"{"secret":"https://github.githubassets.com/secret.png","token":1}"#),
        (Holds::Repository, r#"{"full_name":"a/b","custom_properties":{"private":"true","plan":"x"}}"#),
        (
            Holds::Checks,
            r#"{"check_runs":[{"app":{"slug":"x","permissions":{"issues":"read"}},"output":{"text":"{\"private\":true}"}}]}"#,
        ),
        (Holds::Pulls, r#"[{"draft":true,"title":"x","state":"open"}]"#),
        (Holds::Statuses, r#"{"state":"pending","statuses":[{"state":"pending"}]}"#),
        (
            Holds::Facts,
            " { \"a\" :\t1.0, \"b\":[ 1e400 ,12345678901234567890123, \"\\u2028\\ud83d\\ude80\\/\" ] }\n",
        ),
    ] {
        let text = text.replace('$', SECRET);
        assert_eq!(cleaned(holds, &text), Cleaned::Unchanged, "{text}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_no_answer() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for text in [
        deep.as_str(),
        r#"{"full_name":"a/b","private":false,"private":true}"#,
        r#"{"private":true,"pr\u0069vate":false}"#,
        r#"{"total_count":"2","items":[{"private":true}]}"#,
    ] {
        assert_eq!(cleaned(Holds::Repositories, text), Cleaned::Invalid, "{text}");
    }
}
