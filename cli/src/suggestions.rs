//! Words of other command lines that people type here, and the command that does it.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

/// Words before a word that is not known, such words, and what to type instead.
type Row = (&'static [&'static str], &'static [&'static str], &'static str);

const CREATE: &[&str] = &["create", "add", "register", "new", "provision", "grant", "set", "put"];
const REMOVE: &[&str] = &["delete", "remove", "rm", "del", "revoke"];
const SHOW: &[&str] = &["get", "view", "describe", "info", "ls", "list", "show"];
const CHANGE: &[&str] = &["edit", "set", "change", "patch"];

/// The first row that matches counts.
const ROWS: &[Row] = &[
    (&["admin", "identities"], CREATE, "`octopool admin identity` registers an identity"),
    (&["admin", "identities"], REMOVE, "`octopool admin identities delete ID`"),
    (&["admin", "identities"], CHANGE, "`octopool admin identities update ID`"),
    (&["admin", "identities"], SHOW, "`octopool admin identities list`, `octopool admin identities show ID`"),
    (
        &["admin", "identity"],
        CREATE,
        "`octopool admin identity` itself registers an identity: leave the word out",
    ),
    (&["admin", "identity"], SHOW, "`octopool admin identities list`, `octopool admin identities show ID`"),
    (&["admin", "identity"], REMOVE, "`octopool admin identities delete ID`"),
    (
        &["admin", "callers"],
        CREATE,
        "`octopool admin caller --github-login LOGIN` lets an account use a pool",
    ),
    (
        &["admin", "callers"],
        REMOVE,
        "`octopool admin callers revoke-pool LOGIN POOL`, or `octopool admin callers disable LOGIN`",
    ),
    (&["admin", "callers"], SHOW, "`octopool admin callers list`, `octopool admin callers show LOGIN`"),
    (
        &["admin", "caller"],
        CREATE,
        "`octopool admin caller --github-login LOGIN` itself does it: leave the word out",
    ),
    (&["admin", "caller"], SHOW, "`octopool admin callers list`, `octopool admin callers show LOGIN`"),
    (
        &["admin", "caller"],
        REMOVE,
        "`octopool admin callers revoke-pool LOGIN POOL`, or `octopool admin callers disable LOGIN`",
    ),
    (
        &["admin", "pools"],
        CREATE,
        "a pool is created with its first caller or identity: `octopool admin caller --pool POOL --github-login \
         LOGIN`, `octopool admin identity --pool POOL`",
    ),
    (&["admin", "pools"], REMOVE, "`octopool admin pools delete POOL`"),
    (&["admin", "pools"], CHANGE, "`octopool admin pools set-policy POOL`"),
    (&["admin", "pools"], &["update", "policy"], "`octopool admin pools set-policy POOL`"),
    (&["admin", "pools"], SHOW, "`octopool admin pools list`, `octopool admin pools show POOL`"),
    (&["admin", "tokens"], CREATE, "`octopool admin tokens create NAME`"),
    (&["admin", "tokens"], REMOVE, "`octopool admin tokens revoke NAME`"),
    (&["admin", "tokens"], SHOW, "`octopool admin tokens list`"),
    (&["admin", "app"], CREATE, "`octopool admin app create`"),
    (&["admin", "apps"], CREATE, "`octopool admin app create`"),
    (&["admin", "audit"], &["show", "ls", "log", "tail"], "`octopool admin audit list`"),
    (&["admin"], &["pool"], "`octopool admin pools`"),
    (&["admin"], &["user", "users", "member", "members", "clients"], "`octopool admin callers`"),
    (&["admin"], &["apps"], "`octopool admin app`"),
    (&["admin"], &["grant"], "`octopool admin caller --pool POOL --github-login LOGIN`"),
    (&["admin"], &["revoke"], "`octopool admin callers revoke-pool LOGIN POOL`"),
    (&["admin"], &["doctor", "health", "stats", "login"], "it is not below `admin`: leave that word out"),
    (&[], &["auth"], "`octopool login`, `octopool logout`, `octopool whoami`"),
    (&[], &["status"], "`octopool whoami` for your login, `octopool health` for the pool"),
    (&[], &["api"], "`octopool gh api PATH`"),
    (&[], &["get"], "`octopool request PATH`"),
    (&[], &["pool", "pools"], "`octopool admin pools`"),
    (&[], &["caller"], "`octopool admin caller`"),
    (&[], &["callers", "user", "users"], "`octopool admin callers`"),
    (&[], &["identity"], "`octopool admin identity`"),
    (&[], &["identities"], "`octopool admin identities`"),
    (&[], &["app", "audit", "tokens", "export", "plan", "apply", "import"], "it is below `octopool admin`"),
];

/// What to type instead of a word that clap does not know. `arguments` are those of the process,
/// without its name.
fn instead(arguments: &[String], unknown: &str) -> Option<&'static str> {
    let words: Vec<_> = arguments.iter().filter(|word| !word.starts_with('-')).map(String::as_str).collect();
    let matches = |row: &&Row| words.starts_with(row.0) && row.1.contains(&unknown);
    // A row without words before is for the first word only.
    let is_placed = |row: &&Row| !row.0.is_empty() || words.first() == Some(&unknown);
    ROWS.iter().filter(is_placed).find(matches).map(|(_, _, instead)| *instead)
}

/// Replaces clap's guess by similar spelling, where the meaning is known.
pub(crate) fn add_to(refusal: &mut clap::Error, arguments: &[String]) -> Option<&'static str> {
    let unknown = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg];
    let unknown = unknown.into_iter().find_map(|kind| match refusal.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    })?;
    let instead = instead(arguments, &unknown)?;
    refusal.remove(ContextKind::SuggestedSubcommand);
    refusal.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(instead)]));
    Some(instead)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::{ROWS, instead};
    use crate::commands::Cli;

    /// A row that names a command that exists would never be shown.
    #[test]
    fn every_word_is_unknown_and_every_command_known() {
        for (before, words, text) in ROWS {
            assert!(
                words.iter().any(|word| {
                    let line = ["octopool"].iter().chain(*before).chain([word]);
                    let kind = Cli::try_parse_from(line).err().map(|error| error.kind());
                    matches!(
                        kind,
                        Some(
                            clap::error::ErrorKind::InvalidSubcommand
                                | clap::error::ErrorKind::UnknownArgument
                        )
                    )
                }),
                "{before:?} {words:?}"
            );
            // What follows `gh` is not clap's.
            for command in text
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|span| span.starts_with("octopool ") && *span != "octopool gh api PATH")
            {
                let words = command
                    .split(' ')
                    .map(|word| if word.chars().all(char::is_uppercase) { "x" } else { word });
                let outcome = Cli::try_parse_from(words.chain(["--help"])).err().map(|error| error.kind());
                assert_eq!(outcome, Some(clap::error::ErrorKind::DisplayHelp), "{command}");
            }
        }
    }

    #[test]
    fn options_between_the_words_do_not_matter() {
        let line = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let register = Some("`octopool admin identity` registers an identity");
        assert_eq!(instead(&line("--json admin identities create"), "create"), register);
        assert_eq!(instead(&line("admin identities register --id x"), "register"), register);
        assert_eq!(instead(&line("admin frobnicate"), "frobnicate"), None);
        assert_eq!(instead(&line("health pools"), "pools"), None);
    }
}
