//! The table of `docs/CLIENTS.md`: each read command of several versions of the real gh, once
//! straight to GitHub and once through the pool. Output, errors and exit code are the same bytes.
//!
//! `npm run test:gh` installs the versions; without any of them there is nothing to compare.

mod documents;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo;
use octopool_testkit::github::model::quotas::Quotas;

use serde_json::json;

use self::documents::{Document, Folder};
use super::real_router::Deployment;
use crate::support::straight::{Hosts, Straight};
use crate::support::{Home, Invocation, Outcome};

/// As `tests/gh/versions.mjs` has them.
const VERSIONS: [&str; 3] = ["2.103.3", "2.46.0", "2.23.0"];
const COMMANDS: &str = include_str!("../../../tests/gh/commands.txt");
/// Two cores run this; more threads wait for each other.
const THREADS: usize = 4;
const BEGIN: &str = "<!-- gh table: made by `UPDATE_DOCS=1 npm run test:gh` -->\n";
const END: &str = "<!-- end of the gh table -->\n";

/// A command, and why its output differs if it does.
struct Row {
    words: Vec<String>,
    difference: Option<&'static str>,
}

/// What happened to one command in one version.
#[derive(Clone, Debug, Default)]
struct Cell {
    served: usize,
    /// Reasons of requests with the user's own login.
    direct: BTreeMap<String, usize>,
    /// How the two outputs differ.
    difference: Option<String>,
    /// This version does not know the command.
    unknown: bool,
    /// What it asked of GraphQL.
    documents: Vec<Document>,
}

#[test]
fn gh_prints_the_same_through_the_pool() {
    let versions: Vec<_> = VERSIONS.iter().filter_map(|version| Some((*version, gh(version)?))).collect();
    if versions.is_empty() {
        eprintln!("NOT RUN: `npm run test:gh` installs the versions of gh.");
        return;
    }
    let world = World::start();
    let rows = rows(&world.deployment.app);
    let cells: Mutex<BTreeMap<(usize, usize), Cell>> = Mutex::default();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let task = next.fetch_add(1, Ordering::SeqCst);
                    let (row, version) = (task / versions.len(), task % versions.len());
                    let Some(command) = rows.get(row) else { return };
                    let cell = world.compare(&versions[version].1, &command.words);
                    cells.lock().unwrap().insert((row, version), cell);
                }
            });
        }
    });
    let cells = cells.into_inner().unwrap();
    let mut problems = String::new();
    for ((row, version), cell) in &cells {
        let (row, version) = (&rows[*row], versions[*version].0);
        match (&cell.difference, row.difference) {
            (Some(difference), None) => {
                writeln!(problems, "{version} {}: {difference}", row.words.join(" ")).unwrap();
            }
            _ if version != VERSIONS[0] => {}
            (None, Some(_)) => {
                writeln!(problems, "{}: no longer differs", row.words.join(" ")).unwrap();
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    assert!(problems.is_empty(), "{problems}");
    let mut folder = Folder::open();
    // What several versions ask alike is recorded for the newest.
    for (version, (name, _)) in versions.iter().enumerate() {
        // The documents of `api graphql` are ours.
        let of_gh =
            rows.iter().enumerate().filter(|(_, row)| !row.words.join(" ").starts_with("api graphql "));
        for (at, row) in of_gh {
            folder.add(name, &row.words.join(" "), &cells[&(at, version)].documents);
        }
    }
    folder.must_have_all();
    if versions.len() == VERSIONS.len() {
        document(&table(&rows, &cells));
    }
}

fn gh(version: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/gh").join(version).join("gh");
    path.canonicalize().ok()
}

/// The doors of an agent that holds nothing but a caller token: the server as a GitHub Enterprise
/// Server (`/api/v3/…`, `/api/graphql`), and as the API of github.com (`/repos/…`, `/graphql`).
#[test]
fn a_caller_token_alone_is_enough() {
    let world = World::start();
    let server = Straight::start(&world.deployment.home, Hosts::Octopool(world.deployment.address));
    let commands = [
        ("api repos/{}/acme/rocket --jq .full_name", "acme/rocket\n"),
        ("pr view 1 -R {}acme/rocket --json number,state --jq .number", "1\n"),
        ("pr list -R {}acme/rocket --limit 1 --json number --jq length", "1\n"),
        ("issue list -R {}acme/rocket --limit 1 --json number --jq length", "1\n"),
        ("release list -R {}acme/rocket --limit 1", "v"),
        ("run list -R {}acme/rocket --limit 1 --json status --jq length", "1\n"),
    ];
    for gh in VERSIONS.iter().filter_map(|version| gh(version)) {
        for (door, prefix) in [("GH_HOST", "ghe.example.com/"), ("api_host", "")] {
            if door == "api_host" && !gh.to_string_lossy().contains("2.103.3") {
                continue;
            }
            for (command, expected) in commands {
                let home = Home::new();
                let command = command.replace("repos/{}/", "repos/").replace("{}", prefix);
                let run = server.for_command(home.program(&gh, &command)).env("PATH", "/usr/bin:/bin");
                let run = if door == "GH_HOST" {
                    run.env("GH_HOST", "ghe.example.com").env("GH_ENTERPRISE_TOKEN", &world.token)
                } else {
                    let hosts = format!(
                        "github.com:\n    api_host: ghe.example.com\n    oauth_token: {}\n",
                        world.token
                    );
                    std::fs::write(home.path().join("hosts.yml"), hosts).unwrap();
                    run.env("GH_CONFIG_DIR", home.path())
                };
                let outcome = run.run().exits(0);
                assert!(outcome.stdout.contains(expected), "{door} {command}: {outcome:#?}");
            }
        }
    }
    let asked: Vec<_> = server.requests().into_iter().map(|request| request.path).collect();
    let has = |start: &str| asked.iter().any(|path| path.starts_with(start));
    if !asked.is_empty() {
        assert!(has("/api/v3/repos/acme/rocket") && has("/api/graphql"), "{asked:#?}");
        assert!(has("/repos/acme/rocket") && has("/graphql"), "{asked:#?}");
    }
}

/// The lines of the file, with names of what exists put in.
fn rows(app: &TestApp) -> Vec<Row> {
    let (run, job, sha) = app.github.edit(|state| {
        let content = state.contents.edit(demo::ROCKET);
        // gh shows for how many seconds one has been running, which is another number each time.
        for run in &mut content.actions.runs {
            run.conclusion.get_or_insert("success");
        }
        let run = &content.actions.runs[0];
        (run.id, run.job(run.attempt), content.git.branches["main"].clone())
    });
    let names = [
        ("REPO", "acme/rocket".to_owned()),
        ("RUN", run.to_string()),
        ("JOB", job.to_string()),
        ("SHA", sha),
    ];
    let lines = COMMANDS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (command, difference) =
                line.split_once("  # ").map_or((line, None), |(command, why)| (command, Some(why)));
            let words = command.split(' ').map(|word| {
                names.iter().fold(word.to_owned(), |word, (name, value)| {
                    // A name is a word or a segment of a path, not a part of one.
                    let parts = word.split('/').map(|part| if part == *name { value } else { part });
                    let word: Vec<_> = parts.collect();
                    word.join("/").replace(&format!(":{name}+"), &format!(":{value}+"))
                })
            });
            Row { words: words.collect(), difference }
        })
        .collect()
}

/// A deployment, GitHub behind TLS, and a login to each.
struct World {
    deployment: Deployment,
    straight: Straight,
    token: String,
}

impl World {
    fn start() -> Self {
        let deployment = Deployment::with_githubs_name();
        let caller = deployment.admin("admin caller --pool maintainers --github-login hubot --json");
        let token = caller.run().exits(0).json()["token"].as_str().unwrap().to_owned();
        let app = format!(
            "admin identity --pool maintainers --id app --kind github_app --login octopool-acme[bot] \
             --secret-ref OCTOPOOL_APP_KEY --installation-id {} --scope acme",
            demo::INSTALLATION
        );
        deployment.admin(&app).run().exits(0);
        let pat = "admin identity --pool maintainers --id mona --login mona --secret-ref OCTOPOOL_PAT_MONA --scope *";
        deployment.admin(pat).run().exits(0);
        let policy = json!({
            "allow_search": true, "allow_logs": true, "allow_public_repos": true, "allowed_owners": ["acme"],
        });
        std::fs::write(deployment.home.path().join("policy.json"), policy.to_string()).unwrap();
        deployment.admin("admin pools set-policy maintainers -f policy.json").run().exits(0);
        let straight = Straight::start(&deployment.home, Hosts::At(deployment.app.github.address()));
        Self { deployment, straight, token }
    }

    /// Runs a command in both ways.
    fn compare(&self, gh: &Path, words: &[String]) -> Cell {
        let words = match words.iter().position(|word| word == "ALL") {
            Some(at) => match self.fields(gh, &words[..at]) {
                Some(fields) => [&words[..at], &[fields], &words[at + 1..]].concat(),
                None => return Cell { unknown: true, ..Cell::default() },
            },
            None => words.to_vec(),
        };
        // Its window is a minute, which is shorter than this test.
        self.deployment.app.github.edit(|state| state.quotas = Quotas::default());
        // A GitHub of its own says what this command asked.
        let github = self.deployment.app.github.address();
        let home = Home::new();
        let straight = Straight::start(&home, Hosts::At(github));
        let alone = self.run(&straight, gh, &words, |home, gh| home.program(gh, ""));
        if alone.code != Some(0) && straight.requests().is_empty() {
            return Cell { unknown: true, ..Cell::default() };
        }
        let through = self.run(&self.straight, gh, &words, |home, gh| {
            let run = home.octopool("gh").env("OCTOPOOL_GH_PATH", gh).env("OCTOPOOL_EXPLAIN", "1");
            run.env("OCTOPOOL_URL", self.deployment.url())
                .env("OCTOPOOL_POOL", "maintainers")
                .env("OCTOPOOL_TOKEN", &self.token)
        });
        Cell { documents: documents::of_requests(&straight.requests()), ..cell(&alone, &through) }
    }

    /// What `--json` has, by gh's own list.
    fn fields(&self, gh: &Path, words: &[String]) -> Option<String> {
        let listed = self.run(&self.straight, gh, words, |home, gh| home.program(gh, ""));
        let (_, fields) = listed
            .stderr
            .split_once("fields for `--json`:\n")
            .or_else(|| listed.stderr.split_once("fields:\n"))?;
        Some(fields.split_whitespace().collect::<Vec<_>>().join(","))
    }

    fn run(
        &self,
        straight: &Straight,
        gh: &Path,
        words: &[String],
        start: impl FnOnce(&Home, &Path) -> Invocation,
    ) -> Outcome {
        // gh keeps what it learns about GitHub for a day.
        let home = Home::new();
        std::fs::create_dir(home.path().join("tmp")).unwrap();
        let run = straight
            .for_command(start(&home, gh))
            .env("GH_TOKEN", &self.deployment.app.credentials.tokens.hubot);
        let run = run.env("TMPDIR", home.path().join("tmp")).env("TZ", "UTC").env("PATH", "/usr/bin:/bin");
        words.iter().fold(run, Invocation::arg).run()
    }
}

/// The comparison; octopool's own lines come after all of gh's.
fn cell(alone: &Outcome, through: &Outcome) -> Cell {
    let (own, stderr): (Vec<_>, Vec<_>) =
        through.stderr.lines().partition(|line| line.starts_with("octopool: "));
    let mut cell = Cell::default();
    for line in own {
        if line.contains(": served by the pool (") || line.contains(": passed on without a credential") {
            cell.served += 1;
        } else if let Some((_, reason)) = line.split_once(": sent directly (") {
            let reason = reason.split(':').next().unwrap_or_default().to_owned();
            *cell.direct.entry(reason).or_default() += 1;
        }
    }
    let alone_stderr: Vec<_> = alone.stderr.lines().collect();
    let same = [
        ("exit code", alone.code == through.code),
        ("stdout", alone.stdout == through.stdout),
        ("stderr", alone_stderr == stderr),
    ];
    let different: Vec<_> = same.iter().filter(|(_, same)| !same).map(|(what, _)| *what).collect();
    if !different.is_empty() {
        cell.difference = Some(format!(
            "{} differ\n--- alone ({:?})\n{}{}--- through the pool ({:?})\n{}{}",
            different.join(" and "),
            alone.code,
            short(&alone.stdout),
            short(&alone.stderr),
            through.code,
            short(&through.stdout),
            short(&through.stderr)
        ));
    }
    cell
}

fn short(text: &str) -> String {
    let mut text: String = text.chars().take(1500).collect();
    text.push('\n');
    text
}

fn table(rows: &[Row], cells: &BTreeMap<(usize, usize), Cell>) -> String {
    let mut table =
        format!("| `gh …` | {} |\n| --- |{}\n", VERSIONS.join(" | "), " --- |".repeat(VERSIONS.len()));
    for (at, row) in rows.iter().enumerate() {
        write!(table, "| `{}`", row.words.join(" ").replace('|', "\\|")).unwrap();
        for version in 0..VERSIONS.len() {
            write!(table, " | {}", shown(&cells[&(at, version)], row.difference)).unwrap();
        }
        table.push_str(" |\n");
    }
    table
}

fn shown(cell: &Cell, difference: Option<&str>) -> String {
    if cell.unknown {
        return "–".to_owned();
    }
    let mut parts = Vec::new();
    if cell.served > 0 {
        parts.push("pool".to_owned());
    }
    parts.extend(cell.direct.keys().map(|reason| format!("direct: `{reason}`")));
    if parts.is_empty() {
        parts.push("no request".to_owned());
    }
    let difference = cell.difference.as_ref().and(difference);
    parts.extend(difference.map(|why| format!("differs: {why}")));
    parts.join(", ")
}

fn updates_documents() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1")
}

/// Puts the table into the document, or fails if it is another one.
fn document(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CLIENTS.md");
    let old = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = old.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let new = format!("{before}{BEGIN}\n{table}\n{END}{after}");
    if updates_documents() {
        std::fs::write(&path, &new).unwrap();
    }
    assert!(
        new == std::fs::read_to_string(&path).unwrap(),
        "docs/CLIENTS.md is stale: UPDATE_DOCS=1 npm run test:gh"
    );
}
