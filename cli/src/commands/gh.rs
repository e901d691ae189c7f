//! `octopool gh`: the help of [`crate::gh`], and the command if an option comes before the word.

use std::ffi::OsString;

use clap::Args;

use crate::error::{Exit, Result};
use crate::gh;
use crate::output::Output;

const AFTER_HELP: &str = "\
Everything after `gh` is gh's own, `--help` and `--json` too; this help is `octopool help gh`.

What the pool serves: `gh api PATH` of github.com with the method GET, with -H (Accept, \
X-GitHub-Api-Version, If-None-Match, If-Modified-Since, Cache-Control: max-age), -f and -F after -X GET, \
-q, --paginate, --slurp, -i, --silent and --hostname. The output is the same bytes as gh's into a pipe; \
--paginate merges pages that are arrays into one array and prints other pages one after the other, as gh \
does since 2.48, once all of them are there. On a terminal JSON is indented and coloured; there is no \
pager.

What goes to the real gh, with the same arguments, standard streams and exit code: every other command, \
method, flag, host, placeholder and jq filter; reads that the pool leaves to your own credentials (HTTP \
424); and every read while the server accepts no login of yours (HTTP 401). Any other error is an error. \
A request to an overloaded server is repeated once, after 0.3 seconds.

Installed under gh's name, octopool does the same. Its folder has to come before the real gh's on the PATH:
  ln -s \"$(command -v octopool)\" ~/.local/bin/gh

Environment:
  OCTOPOOL_GH_PATH      the real gh [default: the first gh on the PATH that is not octopool]
  OCTOPOOL_NO_FALLBACK  on: 424 and 401 are errors; what only gh can do still goes to gh
  OCTOPOOL_FRESH        on: ask GitHub now and bypass the cache

Examples:
  octopool gh api repos/acme/rocket --jq .default_branch
  octopool gh api --paginate repos/acme/rocket/issues -q '.[].title'
  octopool gh pr list";

/// Read GitHub through the pool with gh's own commands; the real gh does the rest.
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
