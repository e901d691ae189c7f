//! `REFERENCE.md` is what the binary says of itself.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::Home;

#[test]
fn the_command_reference_is_up_to_date() {
    let mut reference = "# Command reference\n\n\
        What `octopool` says about itself, made by the test `reference` from every command's help.\n"
        .to_owned();
    describe(&mut Vec::new(), &mut reference);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("REFERENCE.md");
    if std::env::var_os("UPDATE_REFERENCE").is_some_and(|value| value == "1") {
        std::fs::write(&path, &reference).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == reference,
        "cli/REFERENCE.md is stale. Update it: UPDATE_REFERENCE=1 cargo test -p octopool-cli reference"
    );
}

/// Appends a command and, below it, its subcommands in their order.
fn describe(command: &mut Vec<String>, reference: &mut String) {
    // Not `--help`: after `gh` that is gh's own.
    let help = Home::new().octopool("help").args(&command.join(" ")).run().exits(0).stdout;
    let name =
        std::iter::once("octopool").chain(command.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    write!(reference, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n")).unwrap();
    for subcommand in subcommands(&help) {
        command.push(subcommand);
        describe(command, reference);
        command.pop();
    }
}

fn subcommands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    let names =
        lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}
