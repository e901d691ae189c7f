//! Which of gh's commands a call is.

use std::ffi::OsString;

/// What changes or shows gh's own set-up. It works on the user's real configuration.
const SET_UP: [&str; 7] = ["alias", "auth", "completion", "config", "extension", "help", "version"];
/// Other names of the same.
const SET_UP_ALIASES: [&str; 2] = ["ext", "extensions"];
/// What of the set-up sends nothing to GitHub.
const LOCAL: [(&str, &[&str]); 6] = [
    ("alias", &[]),
    ("auth", &["git-credential", "setup-git", "switch", "token"]),
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
pub(super) struct Command<'a> {
    words: [Option<&'a str>; 2],
}

impl<'a> Command<'a> {
    pub(super) fn of(arguments: &'a [OsString]) -> Self {
        let word = |at: usize| {
            let word = arguments.get(at).and_then(|word| word.to_str());
            word.filter(|word| !word.starts_with('-'))
        };
        Self { words: [word(0), word(1)] }
    }

    /// Whether it needs no socket: set-up, help, the version.
    pub(super) fn is_set_up(&self) -> bool {
        match self.words {
            // `gh`, `gh --help`, `gh --version`.
            [None, _] => true,
            [Some("extension" | "extensions" | "ext"), Some("exec")] => false,
            [Some(first), _] => SET_UP.contains(&first) || SET_UP_ALIASES.contains(&first),
        }
    }

    /// Whether it sends nothing to GitHub, of those that need no socket.
    pub(super) fn is_local(&self) -> bool {
        let [Some(first), second] = self.words else { return true };
        let local = LOCAL.iter().find(|(command, _)| *command == first);
        // Without a second word they show their help.
        local.is_some_and(|(_, verbs)| verbs.is_empty() || second.is_none_or(|verb| verbs.contains(&verb)))
    }

    /// Its name for the counts of what used the user's own budget. It is made of gh's words only,
    /// so that no argument is ever written down.
    pub(super) fn name(&self) -> String {
        match self.words {
            [Some(first), second] if COMMANDS.contains(&first) => {
                let verb = second.filter(|second| VERBS.contains(second));
                verb.map_or_else(|| first.to_owned(), |verb| format!("{first} {verb}"))
            }
            _ => OTHER.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::Command;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn set_up_needs_no_socket() {
        for line in
            ["", "--help", "--version", "auth login", "config get editor", "ext list", "help pr", "version"]
        {
            assert!(Command::of(&words(line)).is_set_up(), "{line}");
        }
        for line in ["pr list", "api user", "extension exec x", "my-alias", "status"] {
            assert!(!Command::of(&words(line)).is_set_up(), "{line}");
        }
        for (line, local) in [
            ("auth token", true),
            ("auth", true),
            ("auth status", false),
            ("ext install x", false),
            ("", true),
        ] {
            assert_eq!(Command::of(&words(line)).is_local(), local, "{line}");
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
        ] {
            assert_eq!(Command::of(&words(line)).name(), name, "{line}");
        }
    }
}
