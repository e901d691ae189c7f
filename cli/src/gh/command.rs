//! Which of gh's commands a call is.

use std::ffi::OsString;

/// What changes or shows gh's own set-up. It works on the user's real configuration.
const SET_UP: [&str; 7] = ["alias", "auth", "completion", "config", "extension", "help", "version"];
/// Other names of the same.
const SET_UP_ALIASES: [&str; 2] = ["ext", "extensions"];
/// What of the set-up sends nothing to GitHub.
const LOCAL: [(&str, &[&str]); 6] = [
    ("alias", &[]),
    // `auth git-credential` gives git what it sends.
    ("auth", &["setup-git", "switch", "token"]),
    ("completion", &[]),
    ("config", &[]),
    ("help", &[]),
    ("version", &[]),
];
/// gh's commands, as far as they send requests.
const COMMANDS: [&str; 33] = [
    "agent-task",
    "api",
    "attestation",
    "browse",
    "cache",
    "codespace",
    "copilot",
    "cs",
    "discussion",
    "gist",
    "gpg-key",
    "issue",
    "label",
    "licenses",
    "org",
    "pr",
    "preview",
    "project",
    "release",
    "repo",
    "ruleset",
    "run",
    "search",
    "secret",
    "skill",
    "ssh-key",
    "stack",
    "status",
    "team",
    "user",
    "variable",
    "webhook",
    "workflow",
];
/// What they do.
const VERBS: [&str; 53] = [
    "add",
    "archive",
    "cancel",
    "checkout",
    "checks",
    "clone",
    "close",
    "code",
    "comment",
    "commits",
    "create",
    "delete",
    "delete-asset",
    "deploy-key",
    "develop",
    "diff",
    "disable",
    "download",
    "edit",
    "enable",
    "fork",
    "get",
    "gitignore",
    "graphql",
    "issues",
    "item-list",
    "license",
    "list",
    "lock",
    "merge",
    "pin",
    "prs",
    "ready",
    "rename",
    "reopen",
    "repos",
    "rerun",
    "revert",
    "review",
    "run",
    "set",
    "set-default",
    "status",
    "sync",
    "transfer",
    "unarchive",
    "unlock",
    "unpin",
    "update-branch",
    "upload",
    "verify",
    "view",
    "watch",
];
/// An extension, an alias, or a command of a newer gh.
const OTHER: &str = "other";

/// A call of gh.
pub(super) struct Command {
    words: [Option<String>; 2],
}

impl Command {
    /// The command of these arguments. `alias` knows what a word stands for that is not gh's.
    pub(super) fn of(arguments: &[OsString], alias: impl FnOnce(&str) -> Option<Vec<String>>) -> Self {
        let first = arguments.first().and_then(|word| word.to_str()).filter(|word| !is_ghs(word));
        let expansion = first.and_then(alias);
        let rest = arguments.iter().skip(usize::from(expansion.is_some()));
        let rest = rest.map(|word| word.to_str().unwrap_or_default().to_owned());
        let mut words = expansion.into_iter().flatten().chain(rest);
        let mut word = || words.next().filter(|word| !word.is_empty() && !word.starts_with('-'));
        Self { words: [word(), word()] }
    }

    fn words(&self) -> [Option<&str>; 2] {
        let [first, second] = &self.words;
        [first.as_deref(), second.as_deref()]
    }

    /// Whether it needs no socket: set-up, help, the version.
    pub(super) fn is_set_up(&self) -> bool {
        match self.words() {
            // `gh`, `gh --help`, `gh --version`.
            [None, _] => true,
            [Some("extension" | "extensions" | "ext"), Some("exec")] => false,
            [Some(first), _] => is_set_up(first),
        }
    }

    /// Whether it sends nothing to GitHub, of those that need no socket.
    pub(super) fn is_local(&self) -> bool {
        let [Some(first), second] = self.words() else { return true };
        let local = LOCAL.iter().find(|(command, _)| *command == first);
        // Without a second word they show their help.
        local.is_some_and(|(_, verbs)| verbs.is_empty() || second.is_none_or(|verb| verbs.contains(&verb)))
    }

    /// Its name for the counts of what used the user's own budget. It is made of gh's words only,
    /// so that no argument is ever written down.
    pub(super) fn name(&self) -> String {
        match self.words() {
            [Some(first), second] if COMMANDS.contains(&first) => {
                let verb = second.filter(|second| VERBS.contains(second));
                verb.map_or_else(|| first.to_owned(), |verb| format!("{first} {verb}"))
            }
            _ => OTHER.to_owned(),
        }
    }
}

fn is_set_up(word: &str) -> bool {
    SET_UP.contains(&word) || SET_UP_ALIASES.contains(&word)
}

/// Whether this cannot be the name of an alias.
fn is_ghs(word: &str) -> bool {
    COMMANDS.contains(&word) || is_set_up(word) || word.starts_with('-')
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::Command;

    fn command(line: &str) -> Command {
        let words: Vec<_> = line.split_whitespace().map(OsString::from).collect();
        Command::of(&words, |name| match name {
            "in" => Some(vec!["auth".to_owned(), "login".to_owned()]),
            "pv" => Some(vec!["pr".to_owned()]),
            _ => None,
        })
    }

    #[test]
    fn set_up_needs_no_socket() {
        for line in [
            "",
            "--help",
            "--version",
            "auth login",
            "config get editor",
            "ext list",
            "help pr",
            "version",
            "in",
        ] {
            assert!(command(line).is_set_up(), "{line}");
        }
        for line in ["pr list", "api user", "extension exec x", "my-alias", "status"] {
            assert!(!command(line).is_set_up(), "{line}");
        }
        for (line, local) in [
            ("auth token", true),
            ("auth", true),
            ("in --web", false),
            ("auth status", false),
            ("auth git-credential get", false),
            ("ext install x", false),
            ("", true),
        ] {
            assert_eq!(command(line).is_local(), local, "{line}");
        }
    }

    #[test]
    fn names_hold_no_arguments() {
        for (line, name) in [
            ("pr view 7", "pr view"),
            ("api repos/secret/plan", "api"),
            ("api graphql -f query=x", "api graphql"),
            ("browse secret.txt", "browse"),
            ("my-extension list", "other"),
            ("pr --repo a/b list", "pr"),
            ("pv view 7", "pr view"),
        ] {
            assert_eq!(command(line).name(), name, "{line}");
        }
    }
}
