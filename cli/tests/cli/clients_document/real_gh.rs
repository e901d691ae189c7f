//! The doors of gh.

use super::machine::{Machine, TITLE, no_gh, shows};
use super::{Block, Ran, exactly};

pub(super) fn octopool_gh(blocks: &[Block]) -> Ran {
    let [block] = exactly(blocks);
    let Some(machine) = Machine::with_gh() else { return no_gh() };
    machine.log_in();
    let run = machine.shell(block.text("sh")).env("GH_TOKEN", machine.github_token()).run();
    shows(run, 2, &format!("title:\t{TITLE}\n"));
    assert!(machine.sent_to_github().is_empty());
    machine.kept_credentials_apart();
    Ran::Yes
}

pub(super) fn octopool_proxy(blocks: &[Block]) -> Ran {
    let [proxy, other_terminals] = exactly(blocks);
    let Some(machine) = Machine::with_gh() else { return no_gh() };
    machine.log_in();
    let running = machine.start(proxy.text("sh"));
    let run = machine.shell(other_terminals.text("sh")).env("GH_TOKEN", machine.github_token()).run();
    let outcome = shows(run, 2, &format!("title:\t{TITLE}\n"));
    // All that either gh asked for was counted by the one proxy, and nothing went past it.
    assert!(outcome.stdout.contains("served: ") && outcome.stdout.contains("direct: none"), "{outcome:#?}");
    assert!(machine.sent_to_github().is_empty());
    machine.kept_credentials_apart();
    drop(running);
    // What the document says of the time after the proxy.
    let gone = machine.shell("gh pr view 7 --repo acme/rocket").env("GH_TOKEN", machine.github_token());
    gone.run().exits(1);
    let back = "gh config set http_unix_socket ''; octopool gh pr view 7 --repo acme/rocket";
    shows(machine.shell(back).env("GH_TOKEN", machine.github_token()).run(), 1, TITLE);
    Ran::Yes
}

pub(super) fn a_caller_token_alone(blocks: &[Block]) -> Ran {
    let [host, file] = exactly(blocks);
    let Some(machine) = Machine::with_gh() else { return no_gh() };
    let run = machine.shell(host.text("sh")).env("OCTOPOOL_TOKEN", &machine.token).run();
    let outcome = shows(run, 1, &format!("title:\t{TITLE}\n"));
    assert!(outcome.stdout.contains("acme/rocket\n"), "{outcome:#?}");
    let paths: Vec<_> = machine.internet.requests().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().any(|path| path == "/api/v3/repos/acme/rocket"), "{paths:?}");
    assert!(paths.iter().any(|path| path == "/api/graphql"), "{paths:?}");

    let machine = Machine::with_gh().unwrap();
    let folder = machine.deployment.home.path().join("clone");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("hosts.yml"), file.text("yaml").replace("op_…", &machine.token)).unwrap();
    let in_a_clone = "cd clone && git init -q && git remote add origin https://github.com/acme/rocket.git\n\
        export GH_CONFIG_DIR=$PWD\ngh pr view 7\ngh api repos/acme/rocket --jq .full_name";
    let outcome = shows(machine.shell(in_a_clone).run(), 1, &format!("title:\t{TITLE}\n"));
    assert!(outcome.stdout.contains("acme/rocket\n"), "{outcome:#?}");
    let paths: Vec<_> = machine.internet.requests().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().any(|path| path == "/repos/acme/rocket"), "{paths:?}");
    assert!(paths.iter().any(|path| path == "/graphql"), "{paths:?}");
    assert!(machine.sent_to_github().is_empty());
    Ran::Yes
}

pub(super) fn a_sandbox(blocks: &[Block]) -> Ran {
    let [block] = exactly(blocks);
    let Some(machine) = Machine::with_gh() else { return no_gh() };
    let as_gh = "mkdir -p ~/.local/bin\nln -s \"$(command -v octopool)\" ~/.local/bin/gh\n";
    let run = machine.shell(&format!("{as_gh}{}", block.text("sh"))).run();
    let outcome = shows(run, 1, &format!("title:\t{TITLE}\n"));
    assert!(outcome.stdout.ends_with("30\n"), "{outcome:#?}");
    // A write has no credential, and does not leave the machine.
    let write = "gh issue comment 13 --repo acme/rocket --body x";
    let variables = block.text("sh").lines().take_while(|line| line.starts_with("export"));
    let variables: Vec<_> = variables.collect();
    machine.shell(&format!("{}\n{write}", variables.join("\n"))).run().exits(1);
    // Not even with a credential that was left behind.
    let left_behind = machine.shell(&format!("{}\n{write}", variables.join("\n")));
    left_behind.env("GH_TOKEN", machine.github_token()).run().exits(1).says("OCTOPOOL_NO_FALLBACK");
    // The caller token is no login of gh's, also where somebody makes it one.
    let as_login =
        format!("export GH_TOKEN=op_… {}\ngh api user --jq .login", &variables[0]["export ".len()..]);
    shows(machine.shell(&as_login).run(), 1, "hubot\n");
    machine.shell(&format!("{as_login}\n{write}")).run().exits(1);
    assert!(machine.sent_to_github().is_empty());
    machine.kept_credentials_apart();
    Ran::Yes
}
