//! The user's configuration of gh: where it is, and what of it counts here. Nothing in this file
//! writes it.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::USERS_CONFIG;
use crate::environment;

/// Where gh looks for its configuration.
pub(super) const CONFIG_DIR: &str = "GH_CONFIG_DIR";
pub(super) const CONFIG: &str = "config.yml";
pub(super) const HOSTS: &str = "hosts.yml";
/// How the names of the folders begin that gh is started with.
pub(super) const PRIVATE: &str = "octopool-gh-";
const SETTING: &str = "http_unix_socket";
/// A configuration has a few lines; a login for each host.
const LARGEST_FILE: u64 = 1024 * 1024;
/// What counts in gh's own configuration as long as there is none. With any file this is lost.
const DEFAULTS: &str = "version: 1\naliases:\n    co: pr checkout\n";

/// Where the user's configuration is, by gh's own rules. What a command behind a socket starts may
/// outlive it, such as an editor, and has the variable of a private folder that is gone.
pub(super) fn users_folder() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let named = folder(CONFIG_DIR);
    let named = match named {
        Some(named) if is_private(&named) && env::var_os(USERS_CONFIG).is_some() => folder(USERS_CONFIG),
        named => named,
    };
    named
        .or_else(|| folder("XDG_CONFIG_HOME").map(|base| base.join("gh")))
        .or_else(|| folder("HOME").map(|base| base.join(".config").join("gh")))
}

/// Whether this is a folder that gh is started with.
pub(super) fn is_private(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PRIVATE))
}

/// Whose requests gh can send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Login {
    /// It has a login for github.com, in the environment or in its file. In a keyring, too, the
    /// file names the account.
    Own,
    /// Not for github.com, but for a subdomain of ghe.com, which takes its token from the same
    /// variable.
    OfATenant,
    None,
}

impl Login {
    pub(super) fn of(users: Option<&Path>) -> Self {
        let in_environment =
            ["GH_TOKEN", "GITHUB_TOKEN"].iter().any(|name| environment::variable(name).is_some());
        let hosts = users.and_then(|users| read(&users.join(HOSTS)).ok()).unwrap_or_default();
        let indent = top_level(&hosts);
        let top = || hosts.lines().filter(|line| indentation(line) == indent);
        let names = || top().filter_map(|line| Some(unquoted(line.split_once(':')?.0)));
        if in_environment || names().any(|name| name == "github.com") {
            Self::Own
        } else if names().any(|name| name.ends_with(".ghe.com")) {
            Self::OfATenant
        } else {
            Self::None
        }
    }
}

/// The account of the login for github.com in gh's file. A token in the environment may be
/// anyone's.
pub(super) fn account(users: Option<&Path>) -> Option<String> {
    if ["GH_TOKEN", "GITHUB_TOKEN"].iter().any(|name| environment::variable(name).is_some()) {
        return None;
    }
    let hosts = read(&users?.join(HOSTS)).ok()?;
    let indent = top_level(&hosts);
    let below = |line: &&str| is_blank(line) || indentation(line) > indent;
    let of_host: Vec<_> = hosts
        .lines()
        .skip_while(|line| value_of(line, indent, "github.com").is_none())
        .skip(1)
        .take_while(below)
        .collect();
    let inner = of_host.iter().find(|line| !is_blank(line)).map(|line| indentation(line))?;
    let user = of_host.iter().find_map(|line| value_of(line, inner, "user"))?;
    (!user.is_empty()).then(|| user.to_owned())
}

/// The socket that the configuration names.
pub(super) fn users_socket(users: Option<&Path>) -> Option<PathBuf> {
    let config = users.and_then(|users| read(&users.join(CONFIG)).ok()).unwrap_or_default();
    let indent = top_level(&config);
    let value = config.lines().find_map(|line| value_of(line, indent, SETTING))?;
    (!value.is_empty()).then(|| PathBuf::from(value))
}

/// What an alias stands for, unless it is for a shell.
pub(super) fn alias(users: Option<&Path>, name: &str) -> Option<Vec<String>> {
    let config = users.and_then(|users| read(&users.join(CONFIG)).ok()).unwrap_or_default();
    let indent = top_level(&config);
    let lines = config.lines().skip_while(|line| value_of(line, indent, "aliases").is_none()).skip(1);
    let mut lines = lines.take_while(|line| is_blank(line) || indentation(line) > indent);
    let expansion = lines.find_map(|line| value_of(line, indentation(line), name))?;
    shlex::split(expansion).filter(|_| !expansion.starts_with('!'))
}

/// gh's configuration with its setting replaced. What is in the file stays, comments too: gh reads
/// aliases, the editor and the protocol from it. `hosts` is the file with the logins.
///
/// The setting comes first, because gh reads one document only, and the file may have more.
pub(super) fn with_socket(config: &str, hosts: &str, socket: &Path) -> String {
    let config = config.trim_start_matches('\u{feff}');
    let setting = setting(socket);
    let Some(first) = config.lines().find(|line| is_content(line)) else {
        let defaults = if hosts.lines().any(is_content) { "" } else { DEFAULTS };
        let end = if config.is_empty() || config.ends_with('\n') { "" } else { "\n" };
        return format!("{config}{end}{setting}\n{defaults}");
    };
    if first.trim_start_matches("---").trim_start().starts_with('{') {
        return config.replacen('{', &format!("{{{setting}, "), 1);
    }
    let indent = indentation(first);
    let mut new = String::new();
    let mut is_added = false;
    let mut is_of_setting = false;
    for line in config.lines() {
        if is_content(line) && !is_added {
            is_added = true;
            new.extend([&" ".repeat(indent), setting.as_str(), "\n"]);
        }
        is_of_setting = value_of(line, indent, SETTING).is_some()
            // Its value may be on the next line.
            || is_of_setting && !is_blank(line) && indentation(line) > indent;
        if !is_of_setting {
            new.extend([line, "\n"]);
        }
    }
    new
}

/// A configuration that gh has written in place of [`with_socket`], with the user's own setting
/// (of `original`) again.
pub(super) fn without_socket(changed: &str, socket: &Path, original: &str) -> String {
    let flow = format!("{}, ", setting(socket));
    if changed.contains(&flow) {
        return changed.replacen(&flow, "", 1);
    }
    let indent = top_level(changed);
    let kept = changed.lines().filter(|line| value_of(line, indent, SETTING).is_none());
    let own = original.lines().find(|line| value_of(line, top_level(original), SETTING).is_some());
    kept.chain(own.map(str::trim_start)).flat_map(|line| [line, "\n"]).collect()
}

/// The logins without their tokens.
pub(super) fn without_tokens(hosts: &str) -> String {
    let is_token = |line: &str| value_of(line, indentation(line), "oauth_token").is_some();
    hosts.lines().filter(|line| !is_token(line)).flat_map(|line| [line, "\n"]).collect()
}

fn setting(socket: &Path) -> String {
    // JSON's strings are YAML's.
    format!("{SETTING}: {}", serde_json::Value::from(socket.to_string_lossy()))
}

/// The value of a key on a line of its own that is indented so far.
fn value_of<'a>(line: &'a str, indent: usize, key: &str) -> Option<&'a str> {
    let (name, value) = line.trim_start().split_once(':')?;
    let is_key = indentation(line) == indent && unquoted(name) == key;
    // In `a:b` there is no key.
    let is_key = is_key && value.chars().next().is_none_or(char::is_whitespace);
    is_key.then(|| unquoted(value.split(" #").next().unwrap_or_default()))
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// How far the keys of the document are indented.
fn top_level(config: &str) -> usize {
    config.lines().find(|line| is_content(line)).map_or(0, indentation)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// Whether a line is more than a comment, a directive or the begin of the document.
fn is_content(line: &str) -> bool {
    let rest = line.strip_prefix("---").unwrap_or(line);
    !is_blank(rest) && !line.starts_with('%')
}

/// Nothing if there is no file.
pub(super) fn read(path: &Path) -> io::Result<String> {
    use io::Read as _;
    let file = match fs::File::open(path) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        file => file?,
    };
    let mut text = String::new();
    file.take(LARGEST_FILE).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Login, account, alias, users_socket, with_socket, without_socket, without_tokens};

    const ADDED: &str = "http_unix_socket: \"/s\"\n";

    #[test]
    fn the_setting_is_replaced_and_the_rest_stays() {
        for (config, expected) in [
            ("editor: vim\n", format!("{ADDED}editor: vim\n")),
            ("a: b", format!("{ADDED}a: b\n")),
            (
                "# c\nhttp_unix_socket:\naliases:\n    co: pr checkout\n",
                format!("# c\n{ADDED}aliases:\n    co: pr checkout\n"),
            ),
            ("http_unix_socket : /old\r\na: b\r\n", format!("{ADDED}a: b\n")),
            ("'http_unix_socket': /old\n\"http_unix_socket\": /old\na: b\n", format!("{ADDED}a: b\n")),
            ("http_unix_socket: >-\n    /old\na: b\n", format!("{ADDED}a: b\n")),
            ("http_unix_socket:\n  /old # x\n", ADDED.to_owned()),
            ("%YAML 1.2\n--- # c\na: b\n...\n", format!("%YAML 1.2\n--- # c\n{ADDED}a: b\n...\n")),
            ("a: b\n---\nc: d\n", format!("{ADDED}a: b\n---\nc: d\n")),
            ("  a: b\n  http_unix_socket: /old\n", format!("  {ADDED}  a: b\n")),
            ("a:\n  http_unix_socket: /x\n", format!("{ADDED}a:\n  http_unix_socket: /x\n")),
            ("{a: b}\n", "{http_unix_socket: \"/s\", a: b}\n".to_owned()),
            ("--- {a: b}\n", "--- {http_unix_socket: \"/s\", a: b}\n".to_owned()),
        ] {
            assert_eq!(with_socket(config, "", Path::new("/s")), expected, "{config}");
        }
    }

    /// gh has an alias of its own as long as it has no configuration.
    #[test]
    fn without_any_configuration_ghs_own_counts() {
        for config in ["", "# c\n", "---\n", "\u{feff}"] {
            assert!(with_socket(config, "", Path::new("/s")).ends_with("co: pr checkout\n"), "{config}");
            assert!(!with_socket(config, "a:\n", Path::new("/s")).contains("checkout"), "{config}");
        }
    }

    #[test]
    fn what_gh_has_written_is_the_users_again() {
        for (original, changed, expected) in [
            ("a: b\n", "http_unix_socket: /s\na: b\nc: d\n", "a: b\nc: d\n"),
            ("http_unix_socket:\na: b\n", "http_unix_socket: \"/s\"\na: c\n", "a: c\nhttp_unix_socket:\n"),
            ("{a: b}\n", "{http_unix_socket: \"/s\", a: c}\n", "{a: c}\n"),
            ("", "version: \"1\"\nhttp_unix_socket: /s\n", "version: \"1\"\n"),
        ] {
            assert_eq!(without_socket(changed, Path::new("/s"), original), expected, "{changed}");
        }
    }

    fn users(config: &str, hosts: &str) -> tempfile::TempDir {
        let users = tempfile::tempdir().unwrap();
        std::fs::write(users.path().join("config.yml"), config).unwrap();
        std::fs::write(users.path().join("hosts.yml"), hosts).unwrap();
        users
    }

    #[test]
    fn logins() {
        for (hosts, expected) in [
            ("github.com:\n    user: mona\n", Login::Own),
            ("\"github.com\":\r\n    user: mona\r\n", Login::Own),
            ("a.ghe.com:\n    user: mona\n", Login::OfATenant),
            ("ghe.example.com:\n    github.com: x\n", Login::None),
            ("", Login::None),
        ] {
            assert_eq!(Login::of(Some(users("", hosts).path())), expected, "{hosts}");
        }
        let hosts = "github.com:\n    oauth_token: x\n    users:\n        a:\n            oauth_token: y\n    user: a\n";
        let without = "github.com:\n    users:\n        a:\n    user: a\n";
        assert_eq!(without_tokens(hosts), without);
    }

    #[test]
    fn accounts() {
        for (hosts, expected) in [
            (
                "github.com:\n    users:\n        a:\n        b:\n            user: x\n    user: b\n",
                Some("b"),
            ),
            ("ghe.example.com:\n    user: a\ngithub.com:\n    oauth_token: x\n", None),
            ("github.com:\n    oauth_token: x\nghe.example.com:\n    user: a\n", None),
            ("", None),
        ] {
            assert_eq!(account(Some(users("", hosts).path())).as_deref(), expected, "{hosts}");
        }
    }

    #[test]
    fn sockets_and_aliases() {
        let config = "http_unix_socket: '/own' # mine\naliases:\n  # c\n  in: auth login --web\n  'x': '!gh y'\nb:\n  no: z\n";
        let users = users(config, "");
        assert_eq!(users_socket(Some(users.path())), Some(PathBuf::from("/own")));
        let words = |name| alias(Some(users.path()), name).map(|words| words.join(" "));
        assert_eq!(words("in"), Some("auth login --web".to_owned()));
        for name in ["x", "no", "b", "aliases", "auth"] {
            assert_eq!(words(name), None, "{name}");
        }
    }
}
