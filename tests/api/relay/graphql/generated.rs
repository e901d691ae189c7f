//! Documents made at random of what is served, with the names, numbers and ids of the stand-in,
//! sent through the Worker: whichever identity serves them, nothing private is answered or kept.
//!
//! `GRAPHQL_DOCUMENTS=100000` sends as many in all.

use octopool_graphql_documents::{Argument, Generator, Random, count};
use octopool_testkit::github::demo::{ACME, MONA, PRIVATE_FORK, PRIVATE_TEXT, ROCKET, SECRET_PLANS};
use octopool_testkit::github::model::content::issues::{Reference, Team};
use octopool_testkit::github::model::content::releases::Release;
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use super::support::{Serves, advance, ask_with, serve};

/// What only few may see. Repositories that documents ask for are asked for in small letters, so
/// that an answer or a proof about the name that was asked for is told from a name that leaked.
const SECRETS: [&str; 5] = [PRIVATE_TEXT, "few-eyes", "Planted-", "planted.tar.gz", "v9.9.9-planted"];
/// Names that no document asks for; D1 has names in small letters.
const UNASKED: [&str; 2] = ["unasked-", "Unasked-"];
/// Mostly what leads to something private.
const ROOTS: [&str; 14] = [
    "node",
    "node",
    "organization",
    "rateLimit",
    "repository",
    "repository",
    "repository",
    "repository",
    "repository",
    "repositoryOwner",
    "search",
    "search",
    "user",
    "viewer",
];
/// How many documents a deployment gets: GitHub's points for an hour are enough for them.
const AT_ONCE: u64 = 250;
/// An internal repository, and a public one whose parent is private.
const INTERNAL: u64 = 6001;
const CHILD: u64 = 6002;

fn value(random: &mut Random, argument: Argument<'_>) -> Option<String> {
    let strings: &[&str] = match (argument.field, argument.name) {
        (_, "owner") => &["acme", "acme", "acme", "acme", "acme", "acme", "ACME", "mona"],
        ("repository", "name") => &[
            "rocket",
            "rocket",
            "rocket",
            "rocket",
            "rocket",
            "rocket",
            "website",
            "child",
            "Rocket",
            "planted-plans",
            "secret-plans",
            "planted-internal",
            "no-such-repository",
        ],
        ("label", "name") => &["bug", "documentation"],
        ("__type", "name") => &["Issue", "Repository", "Nothing"],
        ("search", "query") => &[
            "Issue",
            "few eyes",
            "repo:acme/rocket Issue",
            "repo:acme/rocket is:pr",
            "author:@me",
            "repo:acme/planted-plans eyes",
            "org:acme eyes",
            "user:mona eyes",
            "is:open eyes",
            "(repo:acme/rocket OR org:acme) eyes",
            "rocket",
        ],
        ("organization", "login") => &["acme", "acme", "ACME", "umbrella", "mona"],
        ("user", "login") => &["mona", "hubot", "octocat", "mallory", "@me", "acme"],
        (_, "login") => &["mona", "hubot", "octocat", "acme", "mallory", "@me"],
        (_, "qualifiedName") => &["main", "refs/heads/main", "feature/11", "refs/heads/feature/4"],
        (_, "expression") => &["main", "main:README.md", "main:src", "v0.1.0"],
        (_, "tagName") => &["v0.1.0", "v0.4.0", "v1.0.0", "v9.9.9-planted"],
        ("node" | "nodes", _) => &[
            "R_5002",
            "I_5002_20",
            "PR_5002_11",
            "PR_5002_4",
            "PR_5002_5",
            "I_5001_14",
            "PR_5001_3",
            "R_5003",
            "R_5909",
            "I_5909_1",
            "I_5003_1",
            "R_6001",
            "R_6002",
            "MDQ6VXNlcjEwMDE=",
            "x",
        ],
        _ => &[],
    };
    if !strings.is_empty() {
        return Some(format!("\"{}\"", random.pick(strings)));
    }
    let numbers: &[u64] = match (argument.field, argument.name) {
        ("pullRequest", "number") => &[1, 3, 4, 5, 7, 11, 11, 12],
        ("issue", "number") => &[13, 20, 20, 24, 145],
        ("milestone", "number") => &[1, 2],
        (_, "number") => &[1, 4, 11, 20],
        (_, "first") => &[1, 2, 3, 5],
        _ => return (argument.name == "privacy").then(|| "PUBLIC".to_owned()),
    };
    Some(random.pick(numbers).to_string())
}

/// Private things beside those of the seed, each where something public leads to it.
fn plant(app: &TestApp) {
    app.github.edit(|state| {
        state.rename_repository(SECRET_PLANS, "Planted-Plans").unwrap();
        state.rename_repository(PRIVATE_FORK, "Unasked-Fork").unwrap();
        state.repositories.add(INTERNAL, ACME, "Planted-Internal", true).unwrap();
        state.repositories.add(CHILD, ACME, "child", false).unwrap();
        state.repositories.set_parent(CHILD, PRIVATE_FORK).unwrap();
        let issues = state.contents.of(PRIVATE_FORK).tracker.issues.clone();
        for repository in [SECRET_PLANS, INTERNAL] {
            state.contents.edit(repository).tracker.issues.clone_from(&issues);
        }
        let rocket = state.contents.edit(ROCKET);
        let draft = Release {
            id: 9_999,
            tag: "v9.9.9-planted".to_owned(),
            draft: true,
            ..rocket.releases.first().unwrap().clone()
        };
        rocket.releases.insert(0, draft);
        for issue in &mut rocket.tracker.issues {
            let Some(pull) = &mut issue.pull else { continue };
            pull.closes.push((PRIVATE_FORK, 1));
            pull.closes.push((INTERNAL, 1));
            pull.teams.push(Team { id: 7, slug: "few-eyes".to_owned(), secret: true });
            if issue.number % 2 == 1 {
                pull.fork = Some(PRIVATE_FORK);
            }
        }
        for issue in 13..=40 {
            let from = (INTERNAL, 1);
            rocket.tracker.references.push(Reference { issue, from, actor: MONA, at: 1_767_225_600 });
        }
    });
}

/// What became of the documents.
#[derive(Debug, Default)]
struct Tally {
    sent: u64,
    /// Answered with data, and without an error.
    served: u64,
    /// GitHub's errors, or ours, with the status 200.
    errors: u64,
    refused: u64,
    /// Refused because the answer could not be handed out.
    dropped: u64,
}

/// What the stand-in does not know, which is left out from then on.
fn unresolved(answer: &Answer) -> Option<(String, String)> {
    let text = answer.json()["message"].as_str()?.to_owned();
    let (field, ty) = text.split_once("the field ")?.1.split_once(" in type ")?;
    Some((ty.trim().to_owned(), field.to_owned()))
}

fn has_data(answer: &Answer) -> bool {
    fn is_something(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Array(items) => items.iter().any(is_something),
            Value::Object(members) => members.values().any(is_something),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }
    let body = answer.json();
    body.get("errors").is_none() && is_something(&body["data"])
}

#[track_caller]
fn shows_nothing(place: &str, text: &str, about: &str) {
    for secret in SECRETS.iter().chain(&UNASKED) {
        let at = text.find(secret);
        let before: String = at.map_or("", |at| &text[..at]).chars().rev().take(200).collect();
        let before: String = before.chars().rev().collect();
        assert!(at.is_none(), "{secret:?} is in {place}: {about}\n…{before}");
    }
}

struct Run {
    serves: Serves,
    generator: Generator,
    tally: Tally,
}

impl Run {
    /// Sends the documents of these seeds to one deployment.
    async fn send(&mut self, seeds: std::ops::Range<u64>) {
        let app = TestApp::start().await;
        let token = serve(&app, self.serves).await;
        plant(&app);
        let policy = json!({"policy": {"allowed_owners": ["acme", "mona"], "allow_search": true}});
        app.admin().patch("/v1/admin/pools/team", None, &policy).await.ok(200);
        for seed in seeds.clone() {
            let mut random = Random(seed);
            let document = self.generator.document(&mut random);
            let answer = ask_with(&app, &token, &body(&document, &mut random), &[]).await;
            self.judge(&answer, seed, &document);
            if seed % 40 == 39 {
                // What was kept is old, or this isolate is another one.
                advance(&app, 400);
                app.new_isolate();
            }
        }
        shows_nothing("D1", &app.database.dump(), &format!("{seeds:?}"));
        shows_nothing("the near cache", &app.edge_cache.dump(), &format!("{seeds:?}"));
        shows_nothing("the coordinator", &app.coordinators.dump(), &format!("{seeds:?}"));
        let log: String = app.log.events().iter().map(Value::to_string).collect();
        shows_nothing("the log", &log, &format!("{seeds:?}"));
        app.github.edit(|state| assert_eq!(state.repositories.iter().count(), 6, "nothing was changed"));
    }

    fn judge(&mut self, answer: &Answer, seed: u64, document: &str) {
        let about = format!("{:?} {seed}: {document}", self.serves);
        self.tally.sent += 1;
        shows_nothing("an answer", &answer.text(), &about);
        shows_nothing("the head", &format!("{:?}", answer.headers()), &about);
        assert!(!answer.text().contains("octopool_"), "{about}\n{}", answer.text());
        assert!(!answer.text().contains("mutations"), "a mutation reached GitHub: {about}");
        match (answer.status(), answer.header("x-octopool-reason")) {
            (200, _) if has_data(answer) => self.tally.served += 1,
            (200, _) => self.tally.errors += 1,
            (404, Some("repo_not_public")) => self.tally.dropped += 1,
            (403 | 404, Some(_)) => self.tally.refused += 1,
            (501, _) => {
                let unknown = unresolved(answer);
                assert!(unknown.is_some(), "{about}\n{}", answer.text());
                self.generator.without.extend(unknown);
            }
            (status, _) => assert_eq!(status, 200, "{about}\n{}", answer.text()),
        }
    }
}

/// The request; one in twelve has a mutation beside the query, and some of those ask for it.
fn body(document: &str, random: &mut Random) -> Value {
    if !random.one_in(12) {
        return json!({"query": document});
    }
    let mutation = "mutation M { addStar(input: {starrableId: \"R_5002\"}) { clientMutationId } }";
    let name = *random.pick(&["Q", "M", "Q"]);
    json!({"query": format!("{document} {mutation}"), "operationName": name})
}

/// Sends the documents, and says what became of them. `share` of a hundred must be served.
async fn run(serves: Serves, share: u64) -> Tally {
    let count = count(900).div_ceil(3);
    let generator = Generator {
        // The stand-in has no `nodes`.
        roots: ROOTS.to_vec(),
        value: Some(value),
        ..Generator::default()
    };
    let mut run = Run { serves, generator, tally: Tally::default() };
    for from in (0..count).step_by(usize::try_from(AT_ONCE).unwrap()) {
        run.send(from..count.min(from + AT_ONCE)).await;
    }
    let Tally { sent, served, .. } = run.tally;
    assert!(served * 100 >= sent * share, "only {served} of {sent} were served");
    assert!(run.tally.dropped > 0, "none asked for what is private");
    run.tally
}

#[tokio::test]
async fn nothing_private_comes_through_an_app() {
    println!("App: {:?}", run(Serves::App, 40).await);
}

#[tokio::test]
async fn nothing_private_comes_through_a_token_without_scopes() {
    println!("Narrow: {:?}", run(Serves::Narrow, 40).await);
}

/// The token sees everything, while GitHub says that it has no scopes: the second wall alone.
#[tokio::test]
async fn nothing_private_comes_through_a_token_that_sees_everything() {
    println!("Wide: {:?}", run(Serves::Wide, 40).await);
}
