//! `octopool gh`: the help of [`crate::gh`], and the command if an option comes before the word.

use std::ffi::OsString;

use clap::Args;

use crate::error::{Exit, Result};
use crate::gh;
use crate::output::Output;

const AFTER_HELP: &str = "\
Everything after `gh` is gh's own, `--help` and `--json` too; this help is `octopool help gh`.

gh runs as it is, with its own terminal, output and exit code. Its requests come to a private socket: reads \
of GitHub's REST and GraphQL API are served by the pool, and everything else goes where gh sent it, with \
gh's own login: what changes something, other hosts, and what the pool does not serve. gh's token never \
goes to octopool, octopool's never to GitHub. Without any gh login, reads that the pool serves work.

`auth`, `config`, `alias`, `extension`, `completion`, `help` and `version` run without the socket, on gh's real \
configuration, also from within an alias or an extension. What only your own account sees (your profile, searches that name no repository) is not \
asked of the pool, as long as gh has a login.

Installed under gh's name, octopool does the same. Its folder has to come before the real gh's on the PATH:
  ln -s \"$(command -v octopool)\" ~/.local/bin/gh

Options:
  --octopool-explain    after gh has ended, list each request on stderr: who served it, or why not

Environment:
  OCTOPOOL_GH_PATH      the real gh [default: the first gh on the PATH that is not octopool]
  OCTOPOOL_NO_FALLBACK  on: nothing goes out with gh's own login; it is refused with HTTP 403, and
                        git gets no credential
  OCTOPOOL_FRESH        on: ask GitHub now and bypass the cache
  OCTOPOOL_EXPLAIN      on: the same as --octopool-explain
  OCTOPOOL_PROXY_SOCKET the socket of a running `octopool proxy`, which saves the start of another one

Examples:
  octopool gh pr list --repo acme/rocket
  octopool gh --octopool-explain pr checks 7 --repo acme/rocket
  octopool gh api --paginate repos/acme/rocket/issues -q '.[].title'";

/// Run the real gh; its reads go through the pool.
#[derive(Args)]
#[command(after_help = AFTER_HELP, disable_help_flag = true)]
pub(crate) struct GhArgs {
    /// The arguments of gh.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

pub(super) fn run(args: &GhArgs, output: &mut Output) -> Result<Exit> {
    gh::run(&args.arguments, output)
}
