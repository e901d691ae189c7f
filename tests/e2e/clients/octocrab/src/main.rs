//! octocrab walks through acme/rocket of the stand-in's seed, by base URL alone.
//!
//! `WALK_BASE`, `WALK_TOKEN` and `WALK_LOGIN` are in the environment.

use std::env;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use octocrab::OctoBody;
use octocrab::models::{JobId, RunId};
use octocrab::params::State;
use octocrab::params::repos::{Commitish, Reference};
use octocrab::service::middleware::retry::{RateLimitMetrics, RetryConfig};
use octocrab::{Octocrab, Page};
use serde::de::DeserializeOwned;
use serde_json::Value;

const OWNER: &str = "acme";
const REPO: &str = "rocket";

/// Counts what octocrab would send again.
#[derive(Default)]
struct Retries(AtomicUsize);

impl RateLimitMetrics for Retries {
    fn retry_after_error(&self, _: &Request<OctoBody>, _: StatusCode, _: usize) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn rate_limited(&self, _: &Request<OctoBody>, _: StatusCode, _: usize, _: u64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counts steps; a step that fails ends the walk.
struct Walk {
    octocrab: Octocrab,
    base: String,
    steps: usize,
}

impl Walk {
    async fn step<T>(&mut self, what: &str, ask: impl Future<Output = octocrab::Result<T>>) -> T {
        self.steps += 1;
        ask.await.unwrap_or_else(|error| {
            panic!("{what}: {error}, {:?}", std::error::Error::source(&error).map(ToString::to_string))
        })
    }

    /// What an address in a body leads to.
    async fn follow(&mut self, what: &str, address: &str) -> Value {
        assert!(
            address.starts_with(&format!("{}/", self.base)),
            "{what}: {address} is not below {}",
            self.base
        );
        let octocrab = self.octocrab.clone();
        self.step(what, octocrab.get(address, None::<&()>)).await
    }

    /// The second page, where the first one's `link` says.
    async fn second<T: DeserializeOwned>(&mut self, what: &str, first: &Page<T>) -> Vec<T> {
        let next = first.next.clone().unwrap_or_else(|| panic!("{what}: no next page"));
        assert!(next.to_string().starts_with(&format!("{}/", self.base)), "{what}: {next}");
        let octocrab = self.octocrab.clone();
        let page: Option<Page<T>> = self.step(what, octocrab.get_page(&Some(next))).await;
        page.unwrap_or_else(|| panic!("{what}: no second page")).items
    }

    /// A 404 that is final, at once.
    async fn refused<T: Debug>(&mut self, what: &str, ask: impl Future<Output = octocrab::Result<T>>) {
        let began = Instant::now();
        match ask.await {
            Err(octocrab::Error::GitHub { source, .. }) => {
                assert_eq!(source.status_code.as_u16(), 404, "{what}")
            }
            other => panic!("{what}: {other:?}"),
        }
        assert!(began.elapsed() < Duration::from_secs(2), "{what} took {:?}", began.elapsed());
        self.steps += 1;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [base, token, login] =
        ["WALK_BASE", "WALK_TOKEN", "WALK_LOGIN"].map(|name| env::var(name).expect(name));
    let retries = Arc::new(Retries::default());
    let policy = RetryConfig::HandleRateLimits {
        metrics: retries.clone(),
        max_retries: 3,
        min_wait_seconds: 1,
        retry_on_forbidden: false,
    };
    let octocrab = Octocrab::builder().base_uri(base.as_str()).unwrap().personal_token(token);
    let octocrab = octocrab.add_retry_config(policy).build().unwrap();
    let mut walk = Walk { octocrab: octocrab.clone(), base, steps: 0 };
    let head = repository(&mut walk, &octocrab).await;
    pulls(&mut walk, &octocrab, &head).await;
    issues(&mut walk, &octocrab).await;
    actions(&mut walk, &octocrab).await;
    contents(&mut walk, &octocrab).await;
    commits(&mut walk, &octocrab, &head).await;
    releases(&mut walk, &octocrab).await;
    people(&mut walk, &octocrab, &login).await;
    refusals(&mut walk, &octocrab).await;
    assert_eq!(retries.0.load(Ordering::Relaxed), 0, "nothing was to be sent again");
    println!("octocrab: {} steps, no retry", walk.steps);
}

async fn repository(walk: &mut Walk, octocrab: &Octocrab) -> String {
    let repos = octocrab.repos(OWNER, REPO);
    let repository = walk.step("repository", repos.get()).await;
    assert_eq!((repository.full_name.as_deref(), *repository.id), (Some("acme/rocket"), 5002));
    assert_eq!(repository.default_branch.as_deref(), Some("main"));
    let again = walk.follow("its address", repository.url.as_str()).await;
    assert_eq!(again["id"], 5002);
    let languages = walk.step("languages", repos.list_languages()).await;
    assert!(languages.get("Rust").is_some_and(|bytes| *bytes > 0));
    let branch: Value =
        walk.step("a branch", octocrab.get("/repos/acme/rocket/branches/feature/7", None::<&()>)).await;
    branch["commit"]["sha"].as_str().unwrap().to_owned()
}

async fn pulls(walk: &mut Walk, octocrab: &Octocrab, head: &str) {
    let pulls = octocrab.pulls(OWNER, REPO);
    let first = walk.step("pulls", pulls.list().state(State::All).per_page(5).send()).await;
    let second = walk.second("pulls", &first).await;
    let numbers: Vec<u64> = first.items.iter().chain(&second).map(|pull| pull.number).collect();
    assert_eq!(numbers, (3..=12).rev().collect::<Vec<_>>());
    let seven = walk.step("a pull", pulls.get(7)).await;
    assert_eq!((seven.head.ref_field.as_str(), seven.head.sha.as_str()), ("feature/7", head));
    let files = walk.step("its files", pulls.list_files(7)).await;
    assert_eq!(files.items[0].filename, "src/lib.rs");
    let commits = walk.step("its commits", pulls.pr_commits(7).send()).await;
    assert_eq!(commits.items[0].commit.message, "Propose change 7");
    let reviews = walk.step("its reviews", pulls.list_reviews(7).send()).await;
    assert_eq!(reviews.items[0].body.as_deref(), Some("Review of 7"));
    let comments = walk.step("its line comments", pulls.list_comments(Some(7)).send()).await;
    assert_eq!(comments.items[0].body, "Why?");
    let diff = walk.step("its difference", pulls.get_diff(7)).await;
    assert!(diff.starts_with("diff --git a/src/lib.rs"), "{diff}");
    let patch = walk.step("its patch", pulls.get_patch(7)).await;
    assert!(patch.starts_with("From "), "{patch}");
}

async fn issues(walk: &mut Walk, octocrab: &Octocrab) {
    let issues = octocrab.issues(OWNER, REPO);
    let first = walk.step("issues", issues.list().state(State::All).per_page(50).send()).await;
    let second = walk.second("issues", &first).await;
    assert_eq!((first.items[0].number, second[0].number, second.len()), (145, 95, 50));
    let fifteen = walk.step("an issue", issues.get(15)).await;
    assert_eq!(fifteen.labels[0].name, "good first issue");
    let again = walk.follow("its address", fifteen.url.as_str()).await;
    assert_eq!(again["number"], 15);
    let first = walk.step("its comments", issues.list_comments(15).per_page(2).send()).await;
    let second = walk.second("its comments", &first).await;
    assert_eq!(second[0].body.as_deref(), Some("Comment 2 on 15"));
    let timeline = walk.step("its timeline", issues.list_timeline_events(15).send()).await;
    assert!(timeline.items.len() >= 5, "{} events", timeline.items.len());
    // octocrab puts the name into the path as it is, so a program encodes what no path can have.
    for name in ["bug", "good%20first%20issue", "area/engine%20room"] {
        let label = walk.step("a label", issues.get_label(name)).await;
        assert_eq!(label.name, name.replace("%20", " "));
        let again = walk.follow("its address", label.url.as_str()).await;
        assert_eq!(again["name"], label.name);
    }
}

async fn actions(walk: &mut Walk, octocrab: &Octocrab) {
    let workflows = octocrab.workflows(OWNER, REPO);
    let first = walk.step("runs", workflows.list_all_runs().per_page(20).send()).await;
    let second = walk.second("runs", &first).await;
    assert_eq!((first.items[0].run_number, second[0].run_number, second.len()), (35, 15, 15));
    let run = walk.step("a run", workflows.get(RunId(500_207))).await;
    assert_eq!(run.conclusion.as_deref(), Some("failure"));
    let jobs = walk.follow("its jobs", run.jobs_url.as_str()).await;
    assert_eq!(jobs["jobs"][0]["id"], 5_002_072);
    let job = walk.step("a job", workflows.get_job(JobId(5_002_072))).await;
    assert_eq!(job.name, "build");
    let checks = octocrab.checks(OWNER, REPO);
    let commit = Commitish(run.head_sha.clone());
    let found = walk.step("checks", checks.list_check_runs_for_git_ref(commit).send()).await;
    assert_eq!(found.total_count, 1);
    let suites = checks.list_check_suites_for_git_ref(Commitish("main".to_owned())).send();
    assert_eq!(walk.step("suites", suites).await.total_count, 1);
    let repos = octocrab.repos(OWNER, REPO);
    let main = Reference::Branch("main".to_owned());
    let status = walk.step("status", repos.combined_status_for_ref(&main)).await;
    assert_eq!(status.statuses.len(), 1);
}

async fn contents(walk: &mut Walk, octocrab: &Octocrab) {
    let repos = octocrab.repos(OWNER, REPO);
    for path in ["", "docs", "docs/", "docs/guide"] {
        let folder = walk.step(&format!("folder {path}"), repos.get_content().path(path).send()).await;
        assert!(!folder.items.is_empty(), "{path}");
    }
    let file = repos.get_content().path("docs/guide/launch.md").r#ref("feature/7").send();
    let file = walk.step("a file", file).await.items.remove(0);
    assert_eq!(file.decoded_content().as_deref(), Some("# How to launch\n\nCount down to zero.\n"));
    let again = walk.follow("its address", file.url.as_str()).await;
    assert_eq!(again["path"], "docs/guide/launch.md");
    let raw = walk
        .step("a raw file", octocrab.repos(OWNER, REPO).raw_file(Commitish("main".to_owned()), "src/lib.rs"))
        .await;
    assert_eq!(raw.into_body().collect().await.unwrap().to_bytes(), "pub fn launch() {}\n");
    let readme = walk.step("readme", repos.get_readme().send()).await;
    assert_eq!(readme.path, "README.md");
}

async fn commits(walk: &mut Walk, octocrab: &Octocrab, head: &str) {
    let repos = octocrab.repos(OWNER, REPO);
    let first = walk.step("commits", repos.list_commits().per_page(15).send()).await;
    let second = walk.second("commits", &first).await;
    let messages = (first.items[0].commit.message.as_str(), second[0].commit.message.as_str());
    assert_eq!(messages, ("Change 40 of rocket", "Change 25 of rocket"));
    let commit = walk.step("a commit", octocrab.commits(OWNER, REPO).get("feature/7")).await;
    assert_eq!(commit.sha, head);
    let first = walk.step("branches", repos.list_branches().per_page(10).send()).await;
    assert_eq!(walk.second("branches", &first).await.len(), 3);
    let branch = Reference::Branch("feature/7".to_owned());
    let reference = walk.step("a reference", repos.get_ref(&branch)).await;
    assert_eq!(reference.ref_field, "refs/heads/feature/7");
    let matching = walk.step("references", repos.list_matching_refs("heads/feature/")).await;
    assert_eq!(matching.len(), 12);
    let comparison = walk.step("a comparison", repos.compare_commits("v0.1.0", "feature/7").send()).await;
    assert_eq!(comparison.ahead_by, 31);
}

async fn releases(walk: &mut Walk, octocrab: &Octocrab) {
    let repos = octocrab.repos(OWNER, REPO);
    let releases = repos.releases();
    // Where an identity may push, GitHub's first page has a draft that octopool takes out.
    let first = walk.step("releases", releases.list().per_page(3).send()).await;
    let second = walk.second("releases", &first).await;
    let tags: Vec<&str> = first.items.iter().chain(&second).map(|it| it.tag_name.as_str()).collect();
    assert_eq!(tags, ["v0.4.0", "v0.3.0", "v0.2.0", "v0.1.0"]);
    let latest = walk.step("the latest", releases.get_latest()).await;
    assert_eq!(latest.tag_name, "v0.4.0");
    let release = walk.step("a release by its tag", releases.get_by_tag("v0.1.0")).await;
    assert_eq!(*release.id, 50_021);
    let assets = walk.follow("its files", release.assets_url.as_str()).await;
    assert_eq!(assets[0]["name"], "rocket.tar.gz");
    let asset = walk.step("one of them", repos.release_assets().get(500_210)).await;
    assert_eq!(asset.size, 1024);
    let archive = walk.step("an archive", repos.download_tarball(Commitish("v0.1.0".to_owned()))).await;
    assert_eq!(archive.status().as_u16(), 200);
}

async fn people(walk: &mut Walk, octocrab: &Octocrab, login: &str) {
    let mona = walk.step("a user", octocrab.users("mona").profile()).await;
    assert_eq!(*mona.id, 1001);
    let oneself = walk.step("oneself", octocrab.current().user()).await;
    assert_eq!(oneself.login, login);
    let query = "repo:acme/rocket is:issue is:open";
    let first =
        walk.step("search", octocrab.search().issues_and_pull_requests(query).per_page(50).send()).await;
    let second = walk.second("search", &first).await;
    assert_eq!((first.items.len(), second.len()), (50, 39));
    let limits = walk.step("rate limits", octocrab.ratelimit().get()).await;
    assert!(limits.resources.core.limit > 0 && limits.resources.search.limit > 0);
}

async fn refusals(walk: &mut Walk, octocrab: &Octocrab) {
    walk.refused("an issue that is not there", octocrab.issues(OWNER, REPO).get(99_999)).await;
    walk.refused("a private repository", octocrab.repos(OWNER, "secret-plans").get()).await;
}
