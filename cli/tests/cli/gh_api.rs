//! `octopool gh api`: what reaches the server, and answers printed as gh prints them.

use std::fs::{self, File};

use serde_json::{Value, json};

use crate::support::canned::{Answer, Canned};
use crate::support::{Home, Invocation, Outcome};

pub(crate) const RELAY: &str = "POST /v1/github/request";

/// An envelope around a body that stands in it as it is.
pub(crate) fn envelope(status: u16, headers: &Value, body: &str, encoding: &str, relay: &Value) -> Answer {
    let text = format!(
        r#"{{"status":{status},"headers":{headers},"body":{body},"body_encoding":"{encoding}",
        "identity":{{"id":"mona","kind":"pat"}},"relay":{relay}}}"#
    );
    Answer::text(200, "application/json; charset=utf-8", &text)
}

pub(crate) fn relay(route_kind: &str, cache: &str) -> Value {
    json!({
        "pool": "saved-pool", "request_id": "r-1", "cacheable": true, "cache": cache, "stale_ok": cache == "stale",
        "route_kind": route_kind, "cache_expires_at": "2026-01-02T03:04:05Z", "lease_reason": "sticky",
    })
}

/// A JSON answer of GitHub's, from GitHub.
pub(crate) fn github(status: u16, body: &str) -> Answer {
    let headers = json!({"content-type": "application/json; charset=utf-8", "etag": "\"a\"", "x-ratelimit-limit": "5000"});
    envelope(status, &headers, body, "json", &relay("repo_view", "miss"))
}

/// One of several pages. What the link says of host and path must not count.
fn page(body: &str, next: Option<&str>) -> Answer {
    let mut headers = json!({"content-type": "application/json"});
    if let Some(query) = next {
        let base = "https://elsewhere.example/repositories/7/issues";
        headers["link"] = format!("<{base}?{query}>; rel=\"next\", <{base}?page=9>; rel=\"last\"").into();
    }
    envelope(200, &headers, body, "json", &relay("repo_lists", "miss"))
}

fn gh(server: &Canned, arguments: &[&str]) -> Outcome {
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    let start = home.octopool("gh api");
    arguments.iter().fold(start, Invocation::arg).run()
}

/// What the one call asked for.
fn asked(arguments: &[&str]) -> Value {
    let server = Canned::start().on(RELAY, github(200, "{}"));
    gh(&server, arguments).exits(0);
    server.request().json()
}

fn printed(answer: Answer, arguments: &[&str]) -> String {
    let run = gh(&Canned::start().on(RELAY, answer), arguments).exits(0);
    assert_eq!(run.stderr, "");
    run.stdout
}

#[test]
fn a_read_is_one_request_with_these_bytes() {
    let server = Canned::start().on(RELAY, github(200, "{}"));
    let arguments = [
        "/repos/acme/rocket/issues?labels=a,b",
        "-XGET",
        "-f",
        "state=open",
        "-F",
        "page=2",
        "-H",
        "Accept: a/b",
    ];
    gh(&server, &arguments).exits(0);
    let request = server.request();
    assert_eq!(
        request.body,
        r#"{"pool":"saved-pool","method":"GET","path":"/repos/acme/rocket/issues","query":{"labels":"a,b","page":"2","state":"open"},"headers":{"accept":"a/b"}}"#
    );
    assert_eq!(request.header("authorization"), Some("Bearer op_saved"));
    assert_eq!(request.header("content-type"), Some("application/json"));
}

#[test]
fn spellings_of_the_path_mean_the_same() {
    for path in ["users/mona", "/users/mona", "https://api.github.com/users/mona"] {
        let request = asked(&[path]);
        assert_eq!((&request["path"], &request["query"]), (&json!("/users/mona"), &Value::Null), "{path}");
    }
    assert_eq!(asked(&["meta?a=1&a=2"])["query"], json!({"a": ["1", "2"]}));
}

#[test]
fn the_body_goes_out_byte_by_byte() {
    let body = r#"{"z": 1.50,"a":"<é\u0000","n":12345678901234567890123, "e":1E5}"#;
    assert_eq!(printed(github(200, body), &["x"]), body);
    let text = envelope(
        200,
        &json!({"content-type": "text/plain"}),
        r#""a\u001b[31mb\r\n""#,
        "text",
        &relay("readme", "hit"),
    );
    assert_eq!(printed(text, &["x"]), "a\u{1b}[31mb\r\n");
    assert_eq!(printed(envelope(204, &json!({}), "null", "json", &relay("x", "miss")), &["x"]), "");
}

#[test]
fn a_body_that_is_no_text_goes_out_too() {
    let home = Home::new();
    let answer =
        envelope(200, &json!({"content-type": "image/png"}), r#""AP+AG1tt""#, "base64", &relay("x", "miss"));
    let server = Canned::start().on(RELAY, answer);
    home.save_login(&server.url(), "op_saved");
    let file = home.path().join("out");
    home.octopool("gh api x").run_with(File::create(&file).unwrap(), |_| ()).exits(0);
    assert_eq!(fs::read(file).unwrap(), [0, 255, 128, 27, b'[', b'm']);
}

#[test]
fn jq_filters_every_page() {
    let server = Canned::start().in_turn(
        RELAY,
        [page(r#"[{"t":"a"},{"t":null}]"#, Some("page=2")), page(r#"[{"t":{"y":1,"x":"<"}}]"#, None)],
    );
    let run = gh(&server, &["x", "--paginate", "-q", ".[].t"]).exits(0);
    assert_eq!(run.stdout, "a\n\n{\"x\":\"\\u003c\",\"y\":1}\n");
    let server = Canned::start().on(RELAY, github(200, "[1]"));
    let run = gh(&server, &["x", "--jq", ".[0], .[0].x"]).exits(1).says("error: jq: ");
    assert_eq!(run.stdout, "1\n");
}

#[test]
fn pages_are_followed_by_the_links_query_alone() {
    let pages = [page("[1,2]", Some("per_page=100&page=2&labels=a%2Cb")), page("[3]", None)];
    let server = Canned::start().in_turn(RELAY, pages);
    let run = gh(&server, &["repos/acme/rocket/issues", "--paginate"]).exits(0);
    assert_eq!(run.stdout, "[1,2,3]");
    let asked: Vec<_> = server.requests().iter().map(crate::support::canned::Recorded::json).collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| request["path"] == "/repos/acme/rocket/issues"));
    assert_eq!(asked[0]["query"], json!({"per_page": "100"}));
    assert_eq!(asked[1]["query"], json!({"per_page": "100", "page": "2", "labels": "a,b"}));
}

#[test]
fn pages_that_are_objects_follow_each_other() {
    let pages = || [page(r#"{"items":[1]}"#, Some("page=2")), page(r#"{"items":[2]}"#, None)];
    let server = || Canned::start().in_turn(RELAY, pages());
    let run = gh(&server(), &["x", "--paginate"]).exits(0);
    assert_eq!(run.stdout, r#"{"items":[1]}{"items":[2]}"#);
    let run = gh(&server(), &["x", "--paginate", "--slurp"]).exits(0);
    assert_eq!(run.stdout, r#"[{"items":[1]},{"items":[2]}]"#);
    let run = gh(&server(), &["x"]).exits(0);
    assert_eq!(run.stdout, r#"{"items":[1]}"#);
}

#[test]
fn pages_in_a_circle_end() {
    let server = Canned::start().on(RELAY, page("[1]", Some("page=2")));
    let run = gh(&server, &["x", "--paginate"]).exits(1).says("in a circle");
    assert_eq!((run.stdout.as_str(), server.requests().len()), ("", 2));
}

#[test]
fn headers_are_printed_in_gos_spelling() {
    let head = "HTTP/2.0 200 OK\nContent-Type: application/json; charset=utf-8\r\nEtag: \"a\"\r\nX-Ratelimit-Limit: 5000\r\n\r\n";
    assert_eq!(printed(github(200, "{}"), &["x", "-i"]), format!("{head}{{}}"));
    assert_eq!(printed(github(200, "{}"), &["x", "-i", "--silent"]), head);
    assert_eq!(printed(github(200, "{}"), &["x", "--silent"]), "");
}

#[test]
fn githubs_refusals_look_as_in_gh() {
    let not_found = r#"{"message":"Not Found","status":"404"}"#;
    for (status, body, stderr) in [
        (404, not_found, "gh: Not Found (HTTP 404)\n"),
        (
            422,
            r#"{"message":"Validation Failed","errors":[{"message":"bad"}]}"#,
            "gh: Validation Failed (HTTP 422)\n",
        ),
        (
            422,
            r#"{"message":"Validation Failed","errors":"just text"}"#,
            "gh: just text (Validation Failed)\n",
        ),
        (422, r#"{"errors":[{"message":"bad"},"worse"]}"#, "gh: bad\nworse\n"),
        (500, "{}", "gh: HTTP 500\n"),
        (404, r#"{"message":"\u001b[31m"}"#, "gh: \u{fffd}[31m (HTTP 404)\n"),
    ] {
        let server = Canned::start().on(RELAY, github(status, body));
        for arguments in [&["x"][..], &["x", "--jq", ".message"]] {
            let run = gh(&server, arguments).exits(1);
            assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (body, stderr));
        }
        let run = gh(&server, &["x", "--silent"]).exits(1);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", stderr));
    }
    let html =
        envelope(502, &json!({"content-type": "text/html"}), r#""<html>""#, "text", &relay("x", "miss"));
    let run = gh(&Canned::start().on(RELAY, html), &["x"]).exits(1);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("<html>", "gh: HTTP 502\n"));
    let unchanged = envelope(304, &json!({}), "null", "json", &relay("x", "miss"));
    let run = gh(&Canned::start().on(RELAY, unchanged), &["x", "-H", "If-None-Match: \"a\""]).exits(1);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "gh: HTTP 304\n"));
}

#[test]
fn a_decision_from_the_cache_is_said_on_stderr() {
    let answer = |kind: &str, cache: &str| {
        let mut relay = relay(kind, cache);
        if cache == "stale" {
            relay["stale_reason"] = "identities_cooling_down".into();
        }
        envelope(200, &json!({"content-type": "application/json"}), "{}", "json", &relay)
    };
    let stderr =
        |kind: &str, cache: &str| gh(&Canned::start().on(RELAY, answer(kind, cache)), &["x"]).exits(0).stderr;
    assert_eq!(
        stderr("pr_view", "hit"),
        "octopool: this answer (pr_view) is from the cache, it is asked for anew after 2026-01-02T03:04:05Z; OCTOPOOL_FRESH=1 asks GitHub now.\n"
    );
    assert_eq!(
        stderr("git_ref", "stale"),
        "octopool: this answer (git_ref) is from the cache, it is out of date since 2026-01-02T03:04:05Z \
         (identities_cooling_down); OCTOPOOL_FRESH=1 asks GitHub now.\n"
    );
    for (kind, cache) in
        [("pr_view", "miss"), ("pr_view", "bypass"), ("repo_view", "hit"), ("readme", "stale")]
    {
        assert_eq!(stderr(kind, cache), "", "{kind} {cache}");
    }
}

#[test]
fn fresh_asks_github_unless_the_call_says_how_old() {
    let fresh = |value: &str, arguments: &str| {
        let home = Home::new();
        let server = Canned::start().on(RELAY, github(200, "{}"));
        home.save_login(&server.url(), "op_saved");
        home.octopool("gh api x").args(arguments).env("OCTOPOOL_FRESH", value).run().exits(0);
        server.request().json()["headers"].clone()
    };
    assert_eq!(fresh("1", ""), json!({"cache-control": "max-age=0"}));
    assert_eq!(fresh("1", "-H Cache-Control:max-age=9"), json!({"cache-control": "max-age=9"}));
    assert_eq!(fresh("0", ""), Value::Null);
}

#[test]
fn an_overloaded_server_is_asked_once_more() {
    for overloaded in [
        Answer::error(503, "relay_overloaded", None).header("retry-after", "1"),
        Answer::error(424, "fallback_local", Some(json!({"reason": "relay_overloaded"}))),
    ] {
        let server = Canned::start().on(RELAY, github(200, "{}")).in_turn(RELAY, [overloaded.clone()]);
        gh(&server, &["x"]).exits(0).prints("{}");
        assert_eq!(server.requests().len(), 2);
        let server = Canned::start().on(RELAY, overloaded);
        gh(&server, &["x"]).exits(1);
        assert_eq!(server.requests().len(), 2);
    }
    let cooling = Answer::error(424, "fallback_local", Some(json!({"reason": "identities_cooling_down"})));
    let server = Canned::start().on(RELAY, cooling);
    gh(&server, &["x"]).exits(1).says("identities_cooling_down");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_answer_that_is_no_envelope_is_an_error() {
    for body in ["{}", "[]", r#"{"status":200,"headers":{},"body":7,"body_encoding":"text","relay":{}}"#] {
        let server = Canned::start().on(RELAY, Answer::text(200, "application/json", body));
        gh(&server, &["x"]).exits(1).says("does not have the form");
    }
}
