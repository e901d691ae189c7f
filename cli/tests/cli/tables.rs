//! Tables on a terminal fit it, and in a pipe they are for programs.

use unicode_width::UnicodeWidthStr as _;

use crate::real_router::Deployment;
use crate::support::terminal::run_in_a_terminal;
use crate::support::{Invocation, Outcome};

/// Everything that has a table.
const TABLES: [&str; 7] = [
    "admin pools list",
    "admin identities list --pool team",
    "admin callers list",
    "admin callers show hubot",
    "admin tokens list",
    "admin audit list",
    "health --pool team",
];

/// A deployment with long names everywhere.
fn deployment() -> Deployment {
    let deployment = Deployment::start();
    let id = "an-identity-whose-name-is-much-longer-than-usual";
    let scopes = "--scope acme --scope acme/rocket --scope acme/a-repository-with-a-long-name";
    let pat =
        format!("admin identity --pool team --id {id} --login mona --secret-ref OCTOPOOL_PAT_MONA {scopes}");
    deployment.admin(&pat).run().exits(0);
    deployment.admin(&format!("admin identities update {id} --pool team --weight 55")).run().exits(0);
    for client in ["a-client-whose-name-is-much-longer-than-usual", "laptop", "ci"] {
        let caller = format!("admin caller --pool team --github-login hubot --client {client}");
        deployment.admin(&caller).run().exits(0);
    }
    let long = "a-pool-whose-name-is-much-longer-than-usual";
    deployment.admin(&format!("admin caller --github-login hubot --pool {long}")).run().exits(0);
    deployment.admin("admin tokens create an-admin-token-with-quite-a-long-name --pool team").run().exits(0);
    deployment
}

fn logged_in(deployment: &Deployment) {
    let github_token = &deployment.app.credentials.tokens.hubot;
    deployment.octopool("login --pool team --client laptop").env("GH_TOKEN", github_token).run().exits(0);
    deployment.octopool("request repos/acme/rocket").run();
    deployment.octopool("request search/issues").run();
}

fn without_styles(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let deployment = deployment();
    logged_in(&deployment);
    for columns in [40, 60, 80, 120] {
        for command in TABLES {
            let shown = run_in_a_terminal(deployment.admin(command), columns, "").exits(0).stdout;
            let shown = without_styles(&shown);
            // What is above the table of one caller are sentences.
            let shown = if command.contains(" show ") { shown.split_once("\n\n").unwrap().1 } else { &shown };
            assert!(shown.lines().count() > 1, "{command}: {shown}");
            for line in shown.lines() {
                assert!(line.width() <= usize::from(columns), "{command} at {columns}:\n{shown}");
            }
        }
        // Its sums are sentences, which the terminal wraps.
        let stats = run_in_a_terminal(deployment.octopool("stats"), columns, "").exits(0).stdout;
        let stats = without_styles(&stats);
        let tables = stats.split_once("\n\n").unwrap().1;
        assert!(tables.lines().all(|line| line.width() <= usize::from(columns)), "{stats}");
    }
}

#[test]
fn a_terminal_shows_headings_states_and_distances() {
    let deployment = deployment();
    let list = |run: Invocation| run_in_a_terminal(run, 120, "").exits(0).stdout;
    let identities = list(deployment.admin("admin identities list --pool team"));
    assert!(identities.starts_with("\u{1b}[4mIDENTITY\u{1b}[0m"), "{identities:?}");
    assert!(identities.contains("\u{1b}[32mactive\u{1b}[0m"), "{identities:?}");
    deployment.admin("admin callers disable hubot").run().exits(0);
    let callers = list(deployment.admin("admin callers list"));
    assert!(callers.contains("\u{1b}[33mdisabled\u{1b}[0m"), "{callers:?}");
    let events = list(deployment.admin("admin audit list"));
    assert!(
        (events.contains(" ago  ") || events.contains("now  "))
            && events.contains("hubot: status active → disabled"),
        "{events:?}"
    );
    let plain = list(deployment.admin("admin callers list").env("NO_COLOR", "1"));
    assert!(plain.contains("disabled") && !plain.contains('\u{1b}'), "{plain:?}");
}

#[test]
fn a_pipe_gets_values_between_tabs_and_no_heading() {
    let deployment = deployment();
    let identities = deployment.admin("admin identities list --pool team").run().exits(0).stdout;
    let expected = "an-identity-whose-name-is-much-longer-than-usual\tpat\tmona\tOCTOPOOL_PAT_MONA\t55\tactive\t\
                    acme, acme/rocket (private too), acme/a-repository-with-a-long-name (private too)\n";
    assert_eq!(identities, expected);
    let tokens = deployment.admin("admin tokens list").env("CLICOLOR_FORCE", "1").run().exits(0).stdout;
    let cells: Vec<_> = tokens.trim_end().split('\t').collect();
    assert_eq!(cells[..5], ["an-admin-token-with-quite-a-long-name", "team", "active", "never", "never"]);
    assert_eq!(cells[5].len(), "2026-11-23T07:30:00Z".len(), "{tokens:?}");
}

#[test]
fn a_pager_shows_lists_on_a_terminal_only() {
    let deployment = deployment();
    let script = deployment.home.script("a pager", "echo paged with $1; cat");
    let quoted = format!("'{}' -x", script.display());
    let list = || deployment.admin("admin pools list").env("NO_COLOR", "1");
    let shown = |run: Invocation| -> Outcome { run_in_a_terminal(run, 80, "").exits(0) };
    let path = std::env::var("PATH").unwrap();
    let paged = |run: Invocation| shown(run.env("PATH", &path)).stdout;
    for variable in ["OCTOPOOL_PAGER", "PAGER"] {
        let text = paged(list().env(variable, &quoted));
        assert!(text.starts_with("paged with -x\nPOOL"), "{text}");
    }
    let text = paged(list().env("PAGER", &quoted).env("OCTOPOOL_PAGER", ""));
    assert!(text.starts_with("POOL"), "{text}");
    let text = paged(list().env("PAGER", "cat"));
    assert!(text.starts_with("POOL"), "{text}");
    let text = paged(list().env("PAGER", "/nonexistent/pager"));
    assert!(text.starts_with("warning: The pager of PAGER cannot be run") && text.contains("POOL"), "{text}");
    list().env("PAGER", &quoted).run().exits(0).prints("team\t");
    let json = paged(deployment.admin("admin pools list --json").env("PAGER", &quoted));
    assert!(json.starts_with('{'), "{json}");
}
