//! `docs/PROBLEMS.md`: every problem that a verification and the doctor can report, as the tests
//! that bring it about see it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::judge::tests as deployment;
use crate::identities::{self, Check, Fault};

/// The sources that make checks.
const SOURCES: [&str; 4] = [
    include_str!("judge.rs"),
    include_str!("../identities/verify/judge.rs"),
    include_str!("../identities/verify/judge/app.rs"),
    include_str!("../identities/verify/judge/pat.rs"),
];
/// Words of the same form that are no checks with a problem: two that can only pass, and a
/// permission.
const OTHERS: [&str; 3] = ["configuration_valid", "identity_works", "pull_requests"];

const HEAD: &str = "\
# Problems

What `octopool admin identities verify`, a registration with `--verify` and `octopool doctor` can
report: each check that can fail, what it says, the command that fixes it, and the test that brings
it about. Names such as `acme`, `mona`, `team`, `one` and `SECRET` are those of the tests. This file
is generated: `UPDATE_DOCS=1 cargo test -p octopool-worker --lib problems`.
";

/// The names of the checks in the code, without its tests.
fn names() -> BTreeSet<&'static str> {
    let code = SOURCES.iter().map(|text| text.split("#[cfg(test)]\npub(super) mod tests {").next().unwrap());
    let words = code.flat_map(|text| text.split('"').skip(1).step_by(2));
    let is_name = |word: &&str| {
        word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    words.filter(is_name).filter(|word| !OTHERS.contains(word)).collect()
}

/// A cell of a table. Backticks in a command need two around it.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn table(title: &str, module: &str, provoked: Vec<(&'static str, Check)>) -> String {
    let mut text = format!("\n## {title}\n\nThe tests are in `{module}`.\n\n");
    text.push_str("| Check | Problem | Fix | Test |\n| --- | --- | --- | --- |\n");
    let mut rows = BTreeSet::new();
    for (test, Check { name, fault, warning }) in provoked {
        for (Fault { problem, fix }, kind) in
            fault.map(|it| (it, "")).into_iter().chain(warning.map(|it| (it, " (warning)")))
        {
            assert!(!problem.contains('|') && !fix.contains(['|', '\n']), "{problem} {fix}");
            // Two tests may bring the same about.
            if rows.insert((name, problem.clone(), fix.clone())) {
                let _ = writeln!(text, "| `{name}`{kind} | {problem} | {} | `{test}` |", code(&fix));
            }
        }
    }
    text
}

#[test]
fn every_problem_is_brought_about_by_a_test_and_the_document_has_it() {
    let (of_identities, of_deployment) = (identities::provoked(), deployment::provoked());
    let has_problem = |(_, check): &&(&str, Check)| check.fault.is_some() || check.warning.is_some();
    let reported: BTreeSet<_> =
        of_identities.iter().chain(&of_deployment).filter(has_problem).map(|(_, check)| check.name).collect();
    let missing: Vec<_> = names().into_iter().filter(|name| !reported.contains(name)).collect();
    assert!(missing.is_empty(), "no test makes these checks fail: {missing:?}");
    let text = [
        HEAD.to_owned(),
        table("Identities", "src/identities/verify/judge/tests.rs", of_identities),
        table("The deployment", "src/doctor/judge.rs", of_deployment),
    ];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PROBLEMS.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text.concat()).unwrap();
    }
    let now = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        now == text.concat(),
        "docs/PROBLEMS.md is out of date: UPDATE_DOCS=1 cargo test -p octopool-worker --lib problems"
    );
}
