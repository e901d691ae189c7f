//! What a terminal shows: nothing that controls it, and a sign of life.

use std::time::Duration;

use serde_json::json;

use crate::support::canned::{Answer, Canned};
use crate::support::terminal::run_in_a_terminal;
use crate::support::{Home, Outcome};

/// Retitles the window, rings, moves the cursor, and hides what follows.
const HOSTILE: &str = "a\u{1b}]0;owned\u{7}b\u{9b}2Jc\u{9d}d\u{8}e\u{202e}f";

fn shown(command: &str, server: &Canned) -> Outcome {
    let run = Home::new().octopool(command).arg("--url").arg(server.url());
    let run = run.env("OCTOPOOL_TOKEN", "op_x").env("OCTOPOOL_ADMIN_TOKEN", "x").env("NO_COLOR", "1");
    run_in_a_terminal(run, 200, "")
}

#[track_caller]
fn assert_harmless(outcome: &Outcome) {
    assert!(outcome.stdout.contains('b'), "{outcome:#?}");
    let is_harmful = |character: char| {
        character.is_control() && !"\n\t".contains(character)
            || ('\u{202a}'..='\u{202e}').contains(&character)
    };
    assert!(!outcome.stdout.contains(is_harmful), "{outcome:#?}");
}

#[test]
fn what_github_or_a_server_writes_does_not_control_the_terminal() {
    let envelope = |body: &str, encoding: &str, content_type: &str| {
        let relay = json!({"pool": "p", "request_id": "r", "cacheable": true, "cache": "miss", "stale_ok": false, "route_kind": "readme"});
        let envelope = json!({
            "status": 200, "headers": {"content-type": content_type, "etag": HOSTILE}, "body": body, "body_encoding": encoding,
            "relay": relay,
        });
        Canned::start().on("POST /v1/github/request", Answer::json(200, &envelope))
    };
    let text = envelope(HOSTILE, "text", "text/plain");
    assert_harmless(&shown("request --body --path /readme --pool p", &text));
    // Without color this is indented JSON, where the text is escaped or replaced.
    assert_harmless(&shown("request --path /readme --pool p", &text));
    assert_harmless(&shown("request --json --path /readme --pool p", &text));
    let bytes = envelope("YpszMW1jCg==", "base64", "application/octet-stream");
    assert_harmless(&shown("request --body --path /readme --pool p", &bytes));

    let error = json!({"error": {"code": "x", "message": HOSTILE, "request_id": HOSTILE,
        "details": {"fields": [{"field": HOSTILE, "problem": HOSTILE}]}}});
    let refusing = Canned::start().on("GET /v1/pools/p/health", Answer::json(400, &error));
    assert_harmless(&shown("health --pool p", &refusing));
    assert_harmless(&shown("health --json --pool p", &refusing));

    let pool = json!({"id": HOSTILE, "policy": {"allowed_owners": [HOSTILE], "allow_public_repos": true, "allow_search": false,
        "allow_logs": true}, "callers_total": 0, "identities_total": 0, "created_at": HOSTILE, "updated_at": HOSTILE});
    let server = Canned::start()
        .on(
            "GET /v1/admin/pools?limit=200",
            Answer::json(200, &json!({"pools": [pool], "next_cursor": null})),
        )
        .on("GET /v1/admin/pools/p", Answer::json(200, &pool));
    for command in
        ["admin pools list", "admin pools list --json", "admin pools show p", "admin pools show p --json"]
    {
        assert_harmless(&shown(command, &server));
    }
}

#[test]
fn gh_api_does_not_control_the_terminal() {
    let relay = json!({"pool": "p", "request_id": "r", "cacheable": true, "cache": "miss", "stale_ok": false, "route_kind": "readme"});
    let envelope = json!({
        "status": 200, "headers": {"content-type": "application/json", "etag": HOSTILE}, "body": {"b": HOSTILE},
        "body_encoding": "json", "relay": relay,
    });
    let server = Canned::start().on("POST /v1/github/request", Answer::json(200, &envelope));
    for command in ["gh api meta", "gh api -i meta", "gh api meta -q .b"] {
        let run = Home::new().octopool(command).env("OCTOPOOL_URL", server.url()).env("OCTOPOOL_POOL", "p");
        let run = run.env("OCTOPOOL_TOKEN", "op_x").env("NO_COLOR", "1");
        assert_harmless(&run_in_a_terminal(run, 200, ""));
    }
}

#[test]
fn waiting_is_shown_after_a_second_and_leaves_nothing() {
    let slow = Answer::json(
        200,
        &json!({"pool": "p", "identities_total": 0, "identities_healthy": 0, "policy_version": 1, "identities": [],
        "next_reset": null}),
    );
    let server =
        Canned::start().on("GET /v1/pools/p/health", slow.clone().after(Duration::from_millis(1500)));
    let outcome = shown("health --pool p", &server).exits(0);
    assert!(outcome.stdout.contains(&format!("Waiting for {} (1 s)", server.url())), "{outcome:#?}");
    assert!(outcome.stdout.contains("\r\u{1b}[Kp: 0 of 0"), "{outcome:#?}");
    let server = Canned::start().on("GET /v1/pools/p/health", slow);
    assert!(!shown("health --pool p", &server).stdout.contains("Waiting"));
}

#[test]
fn a_question_is_asked_on_the_line_of_its_answer() {
    let server = Canned::start().on("DELETE /v1/admin/pools/team", Answer::text(204, "text/plain", ""));
    let ask = |typed: &str| {
        let run = Home::new().octopool("admin pools delete team --url").arg(server.url());
        run_in_a_terminal(run.env("OCTOPOOL_ADMIN_TOKEN", "x").env("NO_COLOR", "1"), 80, typed)
    };
    // The terminal shows what is typed when it comes, before or behind the question.
    for no in ["n\n", "\n", "N\n", "what\n"] {
        let refused = ask(no).exits(2).stdout.replacen(no, "", 1);
        assert!(refused.contains("policy? [y/N] error: Nothing was changed.\n"), "{refused:?}");
    }
    let ended = ask("\u{4}").exits(2);
    assert!(ended.stdout.contains("[y/N] \nerror: Nothing was changed.\n"), "{ended:#?}");
    assert!(server.requests().is_empty());
    let done = ask("y\n").exits(0);
    let shown = done.stdout.replacen("y\n", "", 1);
    assert!(shown.ends_with("policy? [y/N] deleted pool team\n"), "{shown:?}");
}
