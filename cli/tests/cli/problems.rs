//! The fixes of `docs/PROBLEMS.md` that are commands of octopool: each is one that it understands.

use std::fs;
use std::path::Path;

use crate::real_router::Deployment;

/// The commands in the column "Fix", without the remark behind `#`.
fn commands(text: &str) -> Vec<String> {
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split(" | ").nth(2).unwrap().trim_matches(['`', ' ']));
    let ours = cells.filter_map(|fix| fix.strip_prefix("octopool "));
    ours.map(|command| command.split("  #").next().unwrap().trim().to_owned()).collect()
}

#[test]
fn every_fix_that_is_a_command_of_ours_is_understood() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROBLEMS.md");
    let commands = commands(&fs::read_to_string(path).unwrap());
    assert!(commands.len() > 15, "{commands:?}");
    let deployment = Deployment::start();
    for command in commands {
        // What only GitHub or the reader knows.
        let command = command
            .replace("NUMBER", "77")
            .replace("OWNER/REPO", "acme/rocket")
            .replace("\"$(gh api repos/acme/website --jq .full_name)\"", "acme/site")
            .replace('\'', "");
        let ran = deployment.admin(&command).run();
        // The identity of the examples does not exist here; a command that is not understood ends
        // with 2.
        assert!(ran.code != Some(2), "{command}: {ran:#?}");
    }
}
