//! The reader's machine: octopool, the real gh and a shell, and an internet in which octopool and
//! GitHub are.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use octopool_testkit::github::demo;
use serde_json::json;

use super::{Block, Ran, exactly};
use crate::real_router::Deployment;
use crate::support::canned::Recorded;
use crate::support::straight::{Hosts, Straight};
use crate::support::{Invocation, Outcome};

/// What the document writes in place of a token.
const TOKEN: &str = "op_…";
/// The title that the blocks read.
pub(super) const TITLE: &str = "Pull request 7";
/// As `tests/gh/versions.mjs` has it.
const GH: &str = "2.103.3";

pub(super) struct Machine {
    pub(super) deployment: Deployment,
    pub(super) internet: Straight,
    /// The caller token of the reader.
    pub(super) token: String,
}

impl Machine {
    pub(super) fn new() -> Self {
        let deployment = Deployment::with_githubs_name();
        let caller = deployment.admin("admin caller --pool maintainers --github-login hubot --json");
        let token = caller.run().exits(0).json()["token"].as_str().unwrap().to_owned();
        let app = format!(
            "admin identity --pool maintainers --id app --kind github_app --login octopool-acme[bot] \
             --secret-ref OCTOPOOL_APP_KEY --installation-id {} --scope acme",
            demo::INSTALLATION
        );
        deployment.admin(&app).run().exits(0);
        let policy = json!({"allow_search": true});
        fs::write(deployment.home.path().join("policy.json"), policy.to_string()).unwrap();
        deployment.admin("admin pools set-policy maintainers -f policy.json").run().exits(0);
        let hosts = Hosts::Both { octopool: deployment.address, github: deployment.app.github.address() };
        let internet = Straight::start(&deployment.home, hosts);
        let bin = deployment.home.path().join("bin");
        fs::create_dir(&bin).unwrap();
        symlink(Path::new(env!("CARGO_BIN_EXE_octopool")), &bin.join("octopool"));
        Self { deployment, internet, token }
    }

    /// One with the real gh, if it can be had.
    pub(super) fn with_gh() -> Option<Self> {
        let gh = gh()?;
        let machine = Self::new();
        symlink(&gh, &machine.deployment.home.path().join("bin/gh"));
        Some(machine)
    }

    /// GitHub's token of the reader.
    pub(super) fn github_token(&self) -> String {
        self.deployment.app.credentials.tokens.hubot.clone()
    }

    /// A script in the reader's shell.
    pub(super) fn shell(&self, script: &str) -> Invocation {
        let home = &self.deployment.home;
        let folders = ["bin", ".local/bin"].map(|name| home.path().join(name).display().to_string());
        let path = format!("{}:{}:/usr/bin:/bin", folders[1], folders[0]);
        let script = script.replace(TOKEN, &self.token);
        let run = home.program("/bin/bash".as_ref(), "-euo pipefail -c").arg(script).env("PATH", path);
        self.internet.for_command(run).env("GH_NO_UPDATE_NOTIFIER", "1")
    }

    /// The same with the login of the first section.
    pub(super) fn log_in(&self) {
        let url = "octopool login https://your-octopool.example";
        self.shell(url).env("GH_TOKEN", self.github_token()).run().exits(0);
    }

    /// What was sent to GitHub by the reader's machine, and not by octopool.
    pub(super) fn sent_to_github(&self) -> Vec<Recorded> {
        let requests = self.internet.requests().into_iter();
        requests.filter(|request| request.host().ends_with("github.com")).collect()
    }

    /// That no credential went where it does not belong.
    #[track_caller]
    pub(super) fn kept_credentials_apart(&self) {
        for request in self.internet.requests() {
            let is_login = request.path == "/v1/login/github-cli";
            let to_github = request.host().ends_with("github.com");
            let all = format!("{request:?}");
            assert!(!to_github || !all.contains("op_"), "octopool's token went to GitHub: {all}");
            let own = self.github_token();
            assert!(to_github || is_login || !all.contains(&own), "GitHub's token went to octopool: {all}");
        }
    }

    /// Starts a command that keeps running, and waits for its first line.
    pub(super) fn start(&self, script: &str) -> Background {
        let (mut command, _) = self.shell(script).into_command();
        // The shell may have the program as its child.
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("Serving GitHub's API at "), "{line}");
        Background(child)
    }
}

/// Ends with its group when it is dropped.
pub(super) struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        drop(Command::new("kill").args(["-TERM", "--", &group]).status());
        drop(self.0.wait());
    }
}

fn symlink(target: &Path, link: &Path) {
    std::os::unix::fs::symlink(target, link).unwrap();
}

/// The real gh, which the project's own script installs.
fn gh() -> Option<PathBuf> {
    static GH_PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let find = || root.join("target/gh").join(GH).join("gh").canonicalize().ok();
    let install = || drop(Command::new("node").arg(root.join("tests/gh/run.mjs")).arg("--install").output());
    GH_PATH
        .get_or_init(|| {
            find().or_else(|| {
                install();
                find()
            })
        })
        .clone()
}

/// Why blocks with gh were not run.
pub(super) fn no_gh() -> Ran {
    Ran::not_here(&format!("gh {GH} cannot be installed: `npm run test:gh` says why"))
}

#[track_caller]
pub(super) fn shows(outcome: Outcome, times: usize, text: &str) -> Outcome {
    let outcome = outcome.exits(0);
    assert_eq!(outcome.stdout.matches(text).count(), times, "{text:?}: {outcome:#?}");
    outcome
}

pub(super) fn before_you_begin(blocks: &[Block]) -> Ran {
    let [login, variables] = exactly(blocks);
    let machine = Machine::new();
    let run = machine.shell(login.text("sh")).env("GH_TOKEN", machine.github_token()).run();
    shows(run, 1, "login   hubot").never_shows("op_");
    let machine = Machine::new();
    shows(machine.shell(variables.text("sh")).run(), 1, "login   hubot");
    Ran::Yes
}

pub(super) fn curl(blocks: &[Block]) -> Ran {
    let [block] = exactly(blocks);
    let machine = Machine::new();
    let run = machine.shell(block.text("sh")).env("OCTOPOOL_TOKEN", &machine.token).run();
    shows(run, 2, TITLE);
    Ran::Yes
}
