//! The same in a real browser, headless: the pages' forms, scripts, policies and redirects work
//! there, and the person at it only clicks.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use super::World;

/// What `browser/install.mjs` ends with if this machine has no browser.
const NOT_RUN: i32 = 3;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser").join(name)
}

/// Whether there is a browser. If there is none, that is said, and where everything can be had it
/// is a failure.
#[expect(clippy::print_stderr, reason = "what was not run must be seen")]
fn has_browser() -> bool {
    let find = Command::new("node").arg(file("install.mjs")).arg("--find").output().unwrap();
    let Output { status, stdout, stderr } = find;
    let said = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    if status.code() == Some(NOT_RUN) && std::env::var_os("CI").is_none() {
        eprintln!("NOT RUN: the flow in a browser: {said}");
        return false;
    }
    assert!(status.success(), "{said}");
    true
}

/// What the two visits said: the command may be done before the second has looked at GitHub's last
/// page.
fn two_lines(file: &Path) -> String {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if text.lines().count() > 1 || Instant::now() > end {
            return text;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn in_a_real_browser_only_githubs_buttons_are_clicked() {
    if !has_browser() {
        return;
    }
    let world = World::start();
    let home = &world.deployment.home;
    // The environment of a command has no PATH, so the machine's is written down here.
    let path = std::env::var("PATH").unwrap();
    let clicks = home.path().join("clicks");
    let click = format!(
        "PATH='{path}' exec node {} \"$1\" >> {} 2>&1",
        file("click.mjs").display(),
        clicks.display()
    );
    let browser = home.script("browser", &click);
    // The seed has an App of the suggested name, so GitHub asks twice, and another one is typed.
    let running = world.create("--org acme").env("BROWSER", browser).start();
    let pem = world.deploy_secret("OCTOPOOL_APP_KEY_ACME_READS");
    let outcome = running.wait();
    let clicked = two_lines(&clicks);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}\n{clicked}");
    outcome
        .prints("registered identity acme-reads (github_app, acme-reads[bot]) in pool team")
        .says("Opened http://127.0.0.1:")
        .never_shows(pem.lines().nth(1).unwrap());
    assert_eq!(
        clicked,
        "Create GitHub App for acme > Create GitHub App for acme > GitHub created the App\nInstall Acme reads on acme > Installed Acme reads\n"
    );
    assert_eq!(world.identity("acme-reads")["app_id"], "4243");
}
