//! GraphQL on the real runtime, with D1, the Durable Object and streams; and the real gh through
//! it.

use std::path::{Path, PathBuf};
use std::process::Output;

use octopool_testkit::github::demo::{INSTALLATION, OCTOCAT};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::world::{Answer, Deployment, World};

/// A token without scopes, which sees what everybody sees.
pub(crate) const NARROW: &str = "ghp_e2enarrow00000000000000000000000000";
/// Its secret.
const NARROW_REF: &str = "OCTOPOOL_PAT_NARROW";
/// As `tests/gh/versions.mjs` has it.
const GH: &str = "2.103.3";

/// The tests count what GitHub is asked and share its budgets, so that one runs at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

const PULL: &str = "query($o: String!, $n: String!) { repository(owner: $o, name: $n) { \
     pullRequest(number: 7) { id number title state } } }";

/// A deployment whose one pool has one identity, and a caller's token for the pool.
async fn pool(deployment: &Deployment, pool: &str, by_app: bool) -> String {
    let caller = json!({"pool": pool, "github_login": "hubot", "client": pool});
    let token = deployment.admin("/v1/admin/callers", &caller).await.ok(201)["token"].clone();
    deployment.github.edit(|state| {
        if state.tokens.find_in(NARROW).is_none() {
            state.tokens.add_personal("narrow", NARROW, OCTOCAT, &[]);
        }
    });
    let identity = if by_app {
        json!({"id": pool, "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
            "installation_id": INSTALLATION, "scopes": [{"owner": "acme"}]})
    } else {
        json!({"id": pool, "login": "octocat", "secret_ref": NARROW_REF, "scopes": [{"owner": "acme"}]})
    };
    deployment.admin(&format!("/v1/admin/pools/{pool}/identities"), &identity).await.ok(201);
    token.as_str().unwrap().to_owned()
}

fn request(
    deployment: &Deployment,
    token: &str,
    pool: &str,
    query: &str,
    variables: &Value,
) -> RequestBuilder {
    let request = deployment.request(Method::POST, "/api/graphql").bearer_auth(token);
    request.header("x-octopool-pool", pool).json(&json!({"query": query, "variables": variables}))
}

async fn ask(deployment: &Deployment, token: &str, pool: &str, query: &str, variables: Value) -> Answer {
    Answer::read(request(deployment, token, pool, query, &variables)).await
}

fn rocket() -> Value {
    json!({"o": "acme", "n": "rocket"})
}

/// How often GitHub's GraphQL API was asked.
fn queries(deployment: &Deployment) -> usize {
    deployment.github.requests().iter().filter(|request| request.path == "/graphql").count()
}

pub(crate) async fn an_app_and_a_token_answer_a_query_once(world: &World) {
    let _alone = ALONE.lock().await;
    let deployment = world.graphql();
    for by_app in [true, false] {
        let name = if by_app { "gql-app" } else { "gql-pat" };
        let token = pool(deployment, name, by_app).await;
        let before = queries(deployment);
        let first = ask(deployment, &token, name, PULL, rocket()).await;
        let pull = first.ok(200)["data"]["repository"]["pullRequest"].clone();
        assert_eq!((&pull["number"], &pull["title"]), (&json!(7), &json!("Pull request 7")), "{pull}");
        assert_eq!(pull.as_object().unwrap().len(), 4, "nothing that was added for the proof: {pull}");
        for (header, value) in [
            ("x-octopool-cache", "miss"),
            ("x-octopool-route", "graphql_repository"),
            ("x-octopool-identity", name),
            ("x-ratelimit-resource", "graphql"),
            ("x-ratelimit-limit", "5000"),
        ] {
            assert_eq!(first.header(header), value, "{header}");
        }
        let remaining: u64 = first.header("x-ratelimit-remaining").parse().unwrap();
        // What is kept is written after the answer.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let again = ask(deployment, &token, name, PULL, rocket()).await;
        assert_eq!((again.text.as_str(), again.header("x-octopool-cache")), (first.text.as_str(), "hit"));
        assert!(!again.headers.contains_key("x-ratelimit-remaining"), "{:?}", again.headers);
        assert_eq!(queries(deployment), before + 1);

        let node = "query($id: ID!) { node(id: $id) { ... on PullRequest { number state } } }";
        let answer = ask(deployment, &token, name, node, json!({"id": pull["id"]})).await.ok(200);
        assert_eq!(answer["data"]["node"]["number"], 7);

        // The counts of half a second are written together.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let stats = deployment.get(&format!("/v1/pools/{name}/stats?since=1h"), &token).await.ok(200);
        let usage = &stats["pool_usage"];
        assert_eq!((&usage["requests"], &usage["cache_hits"]), (&json!(3), &json!(1)), "{stats}");
        let kinds: Vec<_> = stats["routes"].as_array().unwrap().iter().map(|it| &it["route_kind"]).collect();
        assert!(kinds.contains(&&json!("graphql_repository")), "{stats}");
        let health = deployment.get(&format!("/v1/pools/{name}/health"), &token).await.ok(200);
        let left = health["identities"][0]["remaining"]["graphql"].as_u64().unwrap();
        let more = u64::try_from(queries(deployment) - before - 1).unwrap();
        assert!(remaining < 5000 && more > 0, "{remaining} {more}");
        assert_eq!(left, remaining - more, "a point for each of these queries: {health}");
    }
}

pub(crate) async fn nothing_private_and_no_mutation_is_asked_for(world: &World) {
    let _alone = ALONE.lock().await;
    let deployment = world.graphql();
    for by_app in [true, false] {
        let name = if by_app { "gql-denied-app" } else { "gql-denied-pat" };
        let token = pool(deployment, name, by_app).await;
        let before = queries(deployment);
        let close = "mutation { closeIssue(input: {issueId: \"I_1\"}) { clientMutationId } }";
        for (query, variables, status, reason) in [
            (PULL, json!({"o": "acme", "n": "secret-plans"}), 404, "repo_not_public"),
            (PULL, json!({"o": "acme", "n": "no-such-repository"}), 404, "repo_not_public"),
            (close, json!({}), 403, "graphql_denied"),
            ("{ viewer { organizations(first: 1) { nodes { login } } } }", json!({}), 403, "graphql_denied"),
        ] {
            let answer = ask(deployment, &token, name, query, variables).await;
            assert_eq!((answer.status, answer.header("x-octopool-reason")), (status, reason), "{answer:?}");
            let error = &answer.json()["errors"][0];
            assert_eq!(error["type"], reason.to_ascii_uppercase(), "{answer:?}");
            assert!(error["message"].is_string() && answer.json()["data"].is_null(), "{answer:?}");
        }
        assert_eq!(queries(deployment), before, "GitHub was asked");
    }
}

pub(crate) async fn of_equal_queries_at_once_one_is_asked(world: &World) {
    let _alone = ALONE.lock().await;
    let deployment = world.graphql();
    let token = pool(deployment, "gql-flight", true).await;
    // The proof that the repository is public is there before the crowd comes.
    ask(deployment, &token, "gql-flight", PULL, rocket()).await.ok(200);
    let before = queries(deployment);
    let other = PULL.replace("number: 7", "number: 4");
    let reads = (0..200)
        .map(|_| Answer::read_in_a_crowd(request(deployment, &token, "gql-flight", &other, &rocket())));
    for answer in futures_util::future::join_all(reads).await {
        assert_eq!(answer.ok(200)["data"]["repository"]["pullRequest"]["number"], 4);
    }
    assert_eq!(queries(deployment), before + 1);
}

pub(crate) async fn the_real_gh_costs_github_nothing_the_second_time(world: &World) {
    let _alone = ALONE.lock().await;
    let Some(gh) = gh().await else { return };
    let deployment = world.graphql();
    let token = pool(deployment, "gql-gh", true).await;
    let octopool = octopool().await;
    let fields = "number,title,state,author,statusCheckRollup,mergeable,reviews";
    for arguments in [
        &["pr", "view", "7", "--repo", "acme/rocket"][..],
        &["pr", "view", "7", "--repo", "acme/rocket", "--json", fields],
        &["pr", "checks", "1", "--repo", "acme/rocket"],
        &["issue", "list", "--repo", "acme/rocket", "--limit", "3"],
    ] {
        let run = async || {
            // gh keeps what it learned about GitHub's schema; each run is the first of a machine.
            let home = tempfile::tempdir().unwrap();
            let mut command = Command::new(&octopool);
            command
                .arg("gh")
                .args(arguments)
                .env_clear()
                .env("HOME", home.path())
                .env("PATH", "/usr/bin:/bin");
            command.env("OCTOPOOL_URL", deployment.base()).env("OCTOPOOL_TOKEN", &token);
            command.env("OCTOPOOL_POOL", "gql-gh").env("OCTOPOOL_GH_PATH", &gh).env("OCTOPOOL_EXPLAIN", "1");
            // There is no login of gh, and no way to GitHub.
            command.env("OCTOPOOL_NO_FALLBACK", "1").env("HTTPS_PROXY", "http://127.0.0.1:9");
            command.output().await.unwrap()
        };
        let first = run().await;
        assert!(first.status.success(), "{arguments:?}: {}", said(&first));
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let before = deployment.github.requests().len();
        let second = run().await;
        let asked = deployment.github.requests().split_off(before);
        assert!(asked.is_empty(), "{arguments:?} asked GitHub again: {asked:#?}");
        assert_eq!(first.stdout, second.stdout, "{arguments:?}");
        let lines = String::from_utf8_lossy(&second.stderr).into_owned();
        let served = lines.lines().filter(|line| line.contains(": served by the pool (")).count();
        assert!(served > 0 && !lines.contains("sent directly"), "{arguments:?}: {lines}");
    }
}

/// The real gh, which the project's own script installs. What cannot be had here is said, and where
/// everything can be had it is a failure.
#[expect(clippy::print_stderr, reason = "what was not run must be seen, and no test can be skipped half-way")]
async fn gh() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let gh = root.join("target/gh").join(GH).join("gh");
    if !gh.exists() {
        let mut install = Command::new(crate::world::node());
        let output =
            install.args(["tests/gh/run.mjs", "--install"]).current_dir(root).output().await.unwrap();
        if !gh.exists() && std::env::var_os("CI").is_none() {
            eprintln!("NOT RUN: gh {GH}: {}", said(&output));
            return None;
        }
        assert!(gh.exists(), "{}", said(&output));
    }
    Some(gh)
}

/// The command line of this checkout.
async fn octopool() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let args = ["build", "--quiet", "--locked", "-p", "octopool-cli", "--message-format", "json"];
    let output = Command::new(env!("CARGO")).args(args).current_dir(root).output().await.unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let programs: Vec<_> = messages.filter_map(|it| it["executable"].as_str().map(PathBuf::from)).collect();
    programs.into_iter().next_back().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
