//! What becomes of answers, and of requests that are not served.

use octopool_core::relay::graphql::{Accepted, Caller, ErrorKind, Personal, Prepared, Refused, Target, fill};
use octopool_core::relay::{Life, Repository};
use octopool_core::{AccountId, AccountLogin};
use serde_json::{Map, Value, json};

use crate::support::ask;

fn served(query: &str) -> Prepared {
    ask(query, &Map::new()).unwrap_or_else(|refused| panic!("{query}: {refused:?}"))
}

fn filled(body: Vec<u8>, login: &str) -> String {
    let login = AccountLogin::parse(login).unwrap();
    let caller = Caller { login: &login, id: AccountId::new(7).unwrap() };
    let personal = Personal { caller, rate: Some((5000, 4000, "2026-01-01T00:00:00Z")) };
    String::from_utf8(fill(&body, &personal).unwrap_or(body)).unwrap()
}

const VIEW: &str =
    r#"{ repository(owner: "acme", name: "rocket") { p: pullRequest(number: 4) { id title mergeable } } }"#;

fn repository(private: bool, name: &str, mergeable: &str) -> Value {
    json!({ "data": {
        "repository": {
            "octopool_private": private, "octopool_name": name,
            "p": { "octopool_state_PullRequest": "OPEN", "id": "PR_1", "title": "t", "mergeable": mergeable, "x": 1 },
        },
        "octopool_rate": { "cost": 1, "remaining": 4999, "resetAt": "2026-01-01T00:00:00Z" },
    } })
}

#[test]
fn an_answer_has_what_was_selected_and_tells_the_rest() {
    let prepared = served(VIEW);
    assert_eq!(prepared.target, Target::Repository(Repository::parse("acme/rocket").unwrap()));
    assert!(prepared.decision);
    let answer = repository(false, "acme/rocket", "MERGEABLE").to_string();
    let Accepted::Answer(answer) = prepared.accept(answer.as_bytes(), &|_| true) else { panic!() };
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(body, r#"{"data":{"repository":{"p":{"id":"PR_1","title":"t","mergeable":"MERGEABLE"}}}}"#);
    assert_eq!(answer.life, Life::Fresh(120));
    assert_eq!(answer.cost.unwrap().remaining, 4999);
    let acme = Repository::parse("acme/rocket").unwrap();
    assert_eq!((answer.proven, answer.nodes), (vec![acme.clone()], vec![("PR_1".to_owned(), acme)]));
}

#[test]
fn an_answer_without_its_proof_is_dropped() {
    let prepared = served(VIEW);
    let accept = |answer: &Value, allowed: bool| prepared.accept(answer.to_string().as_bytes(), &|_| allowed);
    assert!(matches!(
        accept(&repository(true, "acme/rocket", "MERGEABLE"), true),
        Accepted::Private { repository: Some(_) }
    ));
    let renamed = repository(false, "umbrella/rocket", "MERGEABLE");
    assert!(matches!(accept(&renamed, true), Accepted::Answer(_)));
    assert!(matches!(accept(&renamed, false), Accepted::Outside { .. }));
    for (key, value) in
        [("octopool_private", json!(null)), ("octopool_private", json!("false")), ("octopool_name", json!(7))]
    {
        let mut answer = repository(false, "acme/rocket", "MERGEABLE");
        answer["data"]["repository"][key] = value;
        // It proves nothing, also not that the repository is private.
        assert!(matches!(accept(&answer, true), Accepted::Invalid), "{answer}");
    }
    let undecided = accept(&repository(false, "acme/rocket", "UNKNOWN"), true);
    assert!(matches!(undecided, Accepted::Answer(answer) if answer.life == Life::Unshared));
    for text in ["", "{}", "[]", "{\"data\":null}", "{\"data\":{}}", "{\"data\":{\"repository\":7}}"] {
        assert!(matches!(prepared.accept(text.as_bytes(), &|_| true), Accepted::Invalid), "{text}");
    }
}

/// What is taken out of an answer can itself show a private repository.
#[test]
fn a_private_repository_in_what_is_taken_out_is_found() {
    let prepared = served(
        r#"{ user(login: "mona") { gists(first: 1) { nodes {
            name owner { repositories(first: 1) { nodes { name } } } } } } }"#,
    );
    let accept = |private: bool| {
        let repository = json!({ "octopool_private": private, "octopool_name": "mona/kept", "name": "kept" });
        let owner = json!({ "octopool_type": "User", "repositories": { "nodes": [repository] } });
        let secret_gist = json!({ "octopool_shown_Gist": false, "name": "g", "owner": owner });
        let answer = json!({ "data": { "user": { "gists": { "nodes": [secret_gist] } } } });
        prepared.accept(answer.to_string().as_bytes(), &|_| true)
    };
    let Accepted::Answer(answer) = accept(false) else { panic!() };
    assert_eq!(answer.body, br#"{"data":{"user":{"gists":{"nodes":[]}}}}"#);
    assert!(matches!(accept(true), Accepted::Private { repository: Some(_) }));
}

#[test]
fn errors_are_what_they_are() {
    let prepared = served(VIEW);
    for (error, kind) in [
        (json!({ "type": "RATE_LIMITED", "message": "m" }), ErrorKind::RateLimited),
        (
            json!({ "type": "FORBIDDEN", "extensions": { "saml_failure": true }, "message": "m" }),
            ErrorKind::Saml,
        ),
        (json!({ "type": "FORBIDDEN", "message": "m" }), ErrorKind::Forbidden),
        (json!({ "message": "Something went wrong" }), ErrorKind::Other),
        (json!({ "type": "NOT_FOUND", "path": ["repository", "p"], "message": "m" }), ErrorKind::NotFound),
    ] {
        let mut answer = repository(false, "acme/rocket", "MERGEABLE");
        answer["data"]["repository"]["p"] = Value::Null;
        answer["errors"] = json!([error]);
        let accepted = prepared.accept(answer.to_string().as_bytes(), &|_| true);
        let Accepted::Errors(errors) = accepted else { panic!("{accepted:?}") };
        assert_eq!(errors.kind, kind);
        let body: Value = serde_json::from_slice(&errors.body).unwrap();
        assert_eq!(body["data"], json!({ "repository": { "p": null } }));
        if kind == ErrorKind::NotFound {
            assert_eq!(body["errors"][0]["locations"], json!([{ "line": 1, "column": 47 }]));
        }
    }
}

#[test]
fn an_id_of_what_is_not_served_is_an_error_and_not_null() {
    let prepared = served(r#"{ node(id: "T_1") { __typename id } }"#);
    assert_eq!(prepared.target, Target::Nodes(vec!["T_1".to_owned()]));
    let answer = r#"{"data":{"node":{"octopool_type":"Team","__typename":"Team","id":"T_1"}}}"#;
    let accepted = prepared.accept(answer.as_bytes(), &|_| true);
    let Accepted::Errors(errors) = accepted else { panic!("{accepted:?}") };
    let body: Value = serde_json::from_slice(&errors.body).unwrap();
    assert_eq!(body["data"], json!({ "node": null }));
    assert_eq!(body["errors"][0]["type"], "NOT_SERVED");
}

#[test]
fn the_caller_is_filled_in_where_the_answer_is_handed_out() {
    let local = served("{ viewer { login databaseId __typename } rateLimit { remaining } }");
    assert_eq!(local.target, Target::Nothing);
    let body = local.local().unwrap();
    assert_eq!(
        filled(body, "mona"),
        r#"{"data":{"viewer":{"login":"mona","databaseId":7,"__typename":"User"},"rateLimit":{"remaining":4000}}}"#
    );
    assert_eq!(served("{ viewer { name } }").target, Target::Accounts(vec!["mona".to_owned()]));
    assert!(matches!(
        ask("{ viewer { gists(first: 3) { nodes { name } } } }", &Map::new()),
        Err(Refused::NotServed { .. })
    ));
}

#[test]
fn what_is_not_served_says_where_and_why() {
    for (query, what) in [
        (r#"{ repository(owner: "a", name: "b") { viewerPermission } }"#, "Repository.viewerPermission"),
        (
            r#"{ repository(owner: "a", name: "b") { rulesets(first: 1) { totalCount } } }"#,
            "Repository.rulesets",
        ),
        (r#"{ repository(owner: "a", name: "b") { octopool_private: isPrivate } }"#, "octopool_private"),
        (r#"{ search(query: "is:private", type: ISSUE, first: 1) { issueCount } }"#, "search"),
        (r#"{ user(login: "a") { repositories(first: 1, privacy: PRIVATE) { totalCount } } }"#, "privacy"),
        (
            r#"{ repository(owner: "a", name: "b") { pullRequest(number: 1) { closingIssuesReferences(first: 9) { totalCount } } } }"#,
            "closingIssuesReferences without nodes or edges",
        ),
    ] {
        match ask(query, &Map::new()) {
            Err(refused @ Refused::NotServed { .. }) => {
                let Refused::NotServed { what: said, .. } = &refused else { panic!() };
                assert_eq!(said, what);
                assert_eq!(refused.errors()["errors"][0]["type"], "NOT_SERVED");
            }
            other => panic!("{query}: {other:?}"),
        }
    }
    for (query, kind) in [("mutation { x }", "mutation"), ("subscription { x }", "subscription")] {
        assert_eq!(ask(query, &Map::new()).unwrap_err(), Refused::NotARead { operation: kind });
    }
}

#[test]
fn a_document_is_bounded_before_anything_is_asked() {
    let deep = format!("{}{}", "{a".repeat(3_000), "}".repeat(3_000));
    let wide = format!("{{{}}}", " __typename".repeat(2_000));
    let mut bomb = "{ ...f0 }".to_owned();
    for level in 0..40 {
        let next = level + 1;
        bomb += [" fragment f", &level.to_string(), " on Query { "].concat().as_str();
        bomb += ["...f", &next.to_string(), " ...f", &next.to_string(), " }"].concat().as_str();
    }
    bomb.push_str(" fragment f40 on Query { __typename }");
    for query in [deep, wide, bomb, " ".repeat(70_000)] {
        let refused = ask(&query, &Map::new());
        assert!(matches!(refused, Err(Refused::TooLarge { .. })), "{refused:?}");
    }
    let cycle = "{ ...f } fragment f on Query { ...f }";
    assert!(ask(cycle, &Map::new()).is_err());
    let nodes = r#"{ repository(owner: "a", name: "b") { issues(first: 100) { nodes { comments(first: 100) { nodes { reactionGroups { content } } } assignees(first: 101) { nodes { login } } } } } }"#;
    assert!(matches!(ask(nodes, &Map::new()), Err(Refused::Malformed { .. })));
}
