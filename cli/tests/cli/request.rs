//! `octopool request`.

use serde_json::json;

use super::gh_api::{RELAY, envelope, github, relay};
use crate::support::canned::{Answer, Canned};
use crate::support::{Home, Invocation, Outcome};

fn request(server: &Canned, arguments: &str) -> Outcome {
    let run = Home::new().octopool("request --path /repos/acme/rocket --pool p --url").arg(server.url());
    run.args(arguments).env("OCTOPOOL_TOKEN", "op_x").run()
}

#[test]
fn the_flags_are_the_request() {
    let server = Canned::start().on(RELAY, github(200, "{}"));
    let flags = "--query state=open --query a=b=c --query state=all --header Accept:text/plain --header if-none-match=\"a=b\" \
                 --route-hint kind=repo_view";
    request(&server, flags).exits(0);
    let recorded = server.request();
    assert_eq!(
        recorded.body,
        r#"{"pool":"p","method":"GET","path":"/repos/acme/rocket","query":{"a":"b=c","state":["open","all"]},"headers":{"accept":"text/plain","if-none-match":"\"a=b\""},"route_hint":{"kind":"repo_view"}}"#
    );
    assert_eq!(recorded.header("authorization"), Some("Bearer op_x"));
}

#[test]
fn a_path_is_written_as_for_gh_api() {
    let sent = |arguments: &[&str]| {
        let server = Canned::start().on(RELAY, github(200, "{}"));
        let run = Home::new().octopool("request --pool p --url").arg(server.url());
        let run = arguments.iter().fold(run, Invocation::arg);
        run.env("OCTOPOOL_TOKEN", "op_x").run().exits(0);
        server.request().json()
    };
    let plain = json!({"pool": "p", "method": "GET", "path": "/repos/acme/rocket"});
    for path in ["/repos/acme/rocket", "repos/acme/rocket", "https://api.github.com/repos/acme/rocket"] {
        assert_eq!(sent(&[path]), plain, "{path}");
        assert_eq!(sent(&["--path", path]), plain, "{path}");
    }
    let asked =
        sent(&["repos/acme/rocket/issues?state=open&labels=a%20b,c+d&state=all", "--query", "page=2"]);
    assert_eq!(asked["path"], "/repos/acme/rocket/issues");
    assert_eq!(asked["query"], json!({"state": ["open", "all"], "labels": "a b,c d", "page": "2"}));
    Home::new().octopool("request /x --path /x").run().exits(2);
}

#[test]
fn nothing_is_sent_that_was_not_given() {
    let server = Canned::start().on(RELAY, github(200, "{}"));
    request(&server, "--method DELETE").exits(0);
    assert_eq!(server.request().body, r#"{"pool":"p","method":"DELETE","path":"/repos/acme/rocket"}"#);
    let run = Home::new().octopool("request --path /x --pool p --url").arg(server.url());
    run.env("OCTOPOOL_TOKEN", "op_x").env("OCTOPOOL_FRESH", "1").run().exits(0);
    assert_eq!(server.requests()[1].json()["headers"], json!({"cache-control": "max-age=0"}));
}

#[test]
fn the_envelope_is_indented_for_people_and_as_it_came_for_programs() {
    let text = r#"{"status":404,"headers":{},"body":{"z":1.50,"a":[]},"body_encoding":"json","relay":{}}"#;
    let server = Canned::start().on(RELAY, Answer::text(200, "application/json", text));
    assert_eq!(request(&server, "--json").exits(0).stdout, format!("{text}\n"));
    assert_eq!(
        request(&server, "").exits(0).stdout,
        "{\n  \"status\": 404,\n  \"headers\": {},\n  \"body\": {\n    \"z\": 1.50,\n    \"a\": []\n  },\n  \
         \"body_encoding\": \"json\",\n  \"relay\": {}\n}\n"
    );
}

#[test]
fn the_body_alone_is_githubs() {
    let server = Canned::start().on(RELAY, github(200, "{\"z\": 1,\"a\":2}"));
    assert_eq!(request(&server, "--body").exits(0).stdout, "{\"z\": 1,\"a\":2}");
    let text = envelope(200, &json!({}), r#""a\n""#, "text", &relay("pr_view", "hit"));
    let server = Canned::start().on(RELAY, text);
    let run = request(&server, "--body").exits(0).says("OCTOPOOL_FRESH=1");
    assert_eq!(run.stdout, "a\n");
    assert_eq!(request(&server, "--body --json").exits(0).json(), json!("a\n"));
    let server = Canned::start().on(RELAY, github(404, "{}"));
    let run = request(&server, "--body").exits(1);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("{}", "GitHub answered 404.\n"));
}

#[test]
fn a_refusal_says_why_and_what_to_do() {
    let denied = Answer::error(424, "fallback_local", Some(json!({"reason": "owner_denied"})));
    let server = Canned::start().on(RELAY, denied);
    let run = request(&server, "")
        .exits(1)
        .says("error: The message of fallback_local. (fallback_local, HTTP 424)");
    run.says("hint: The pool's reason is owner_denied.").says("gh api PATH");
    let error = request(&server, "--json").exits(1).json_error();
    assert_eq!(error["details"]["reason"], "owner_denied");
    let server = Canned::start().on(RELAY, Answer::error(403, "method_denied", None));
    request(&server, "--method POST").exits(4).says("octopool only reads");
}

#[test]
fn what_is_no_pair_is_refused_without_being_repeated() {
    let server = Canned::start();
    for flags in ["--query canary", "--header canary", "--route-hint canary", "--query =canary"] {
        request(&server, flags).exits(2).says("NAME=VALUE").never_shows("canary");
    }
    assert!(server.requests().is_empty());
    Home::new().octopool("request").run().exits(2).says("<PATH>");
}
