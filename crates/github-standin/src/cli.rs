//! The command line. Doc comments are the help.

use std::path::PathBuf;

use clap::Parser;

/// Serves a stand-in for GitHub's API on loopback, with a small organization to try things on.
#[derive(Debug, Parser)]
#[command(name = "github-standin", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Port on 127.0.0.1; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 8788)]
    pub(crate) port: u16,

    /// JSON file with the tokens and the App's private key. It is made, readable only by you, if it
    /// does not exist. Without this option the credentials are new each time and not shown, so only
    /// anonymous requests work.
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,

    /// File with GitHub's GraphQL schema, by default the one that `npm ci` puts in the checkout
    /// this was built from. Without it GraphQL requests are refused.
    #[arg(long, value_name = "FILE")]
    pub(crate) graphql_schema: Option<PathBuf>,

    /// Print one line of JSON when ready.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print each request to stderr.
    #[arg(long)]
    pub(crate) log: bool,

    /// Stop when stdin is closed: for programs that start this one.
    #[arg(long)]
    pub(crate) exit_with_stdin: bool,
}

#[cfg(test)]
mod tests {
    use super::Args;

    #[test]
    fn the_command_line_is_consistent() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }
}
