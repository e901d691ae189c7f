//! The configuration that gh is started with: the user's own, with a socket. It is a copy in a
//! private folder, and the user's files are only read.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::environment;

/// Where gh looks for its configuration.
pub(super) const CONFIG_DIR: &str = "GH_CONFIG_DIR";
const CONFIG: &str = "config.yml";
const HOSTS: &str = "hosts.yml";
const SOCKET: &str = "octopool.sock";
const SETTING: &str = "http_unix_socket";
/// The longest path of a socket that every system takes.
const LONGEST_SOCKET: usize = 100;
/// A configuration has a few lines; a login for each host.
const LARGEST_FILE: u64 = 1024 * 1024;

/// A private folder; it is gone when this is dropped.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn create() -> io::Result<Self> {
        let short = |base: &PathBuf| base.is_dir() && base.as_os_str().len() + 40 <= LONGEST_SOCKET;
        let runtime = environment::variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        let bases = runtime.into_iter().chain([env::temp_dir(), PathBuf::from("/tmp")]);
        let mut problem = io::Error::from(io::ErrorKind::NotFound);
        for base in bases.filter(short) {
            match private(&base) {
                Ok(folder) => return Ok(Self(folder)),
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where this process listens, unless another one does.
    pub(super) fn socket(&self) -> PathBuf {
        self.path().join(SOCKET)
    }

    /// Copies the user's configuration with this socket in it, and the logins.
    pub(super) fn fill(&self, users: Option<&Path>, socket: &Path) -> io::Result<()> {
        let config = users.map(|users| read(&users.join(CONFIG))).transpose()?.unwrap_or_default();
        write(&self.path().join(CONFIG), &with_socket(&config, socket))?;
        let hosts = users.map(|users| read(&users.join(HOSTS))).transpose()?.unwrap_or_default();
        if hosts.is_empty() { Ok(()) } else { write(&self.path().join(HOSTS), &hosts) }
    }
}

fn private(base: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("octopool-gh-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(base)
}

/// Where the user's configuration is, by gh's own rules.
pub(super) fn users_folder() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder(CONFIG_DIR)
        .or_else(|| folder("XDG_CONFIG_HOME").map(|base| base.join("gh")))
        .or_else(|| folder("HOME").map(|base| base.join(".config").join("gh")))
}

/// Whether gh has a login for github.com, in the environment or in its file. In a keyring, too, the
/// file names the account.
pub(super) fn has_login(users: Option<&Path>) -> bool {
    let in_environment =
        ["GH_TOKEN", "GITHUB_TOKEN"].iter().any(|name| environment::variable(name).is_some());
    let hosts = users.and_then(|users| read(&users.join(HOSTS)).ok()).unwrap_or_default();
    let is_github = |line: &str| {
        let name = line.split_once(':').map_or("", |(name, _)| name);
        name.trim_end().trim_matches(['"', '\'']) == "github.com"
    };
    in_environment || hosts.lines().any(is_github)
}

/// The socket that the user's configuration names.
pub(super) fn users_socket(users: Option<&Path>) -> Option<PathBuf> {
    let config = users.and_then(|users| read(&users.join(CONFIG)).ok()).unwrap_or_default();
    let value = config.lines().find_map(|line| line.strip_prefix(SETTING)?.trim_start().strip_prefix(':'))?;
    let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| PathBuf::from(value))
}

/// gh's configuration with its setting replaced. What is in the file stays, comments too: gh reads
/// aliases, the editor and the protocol from it.
fn with_socket(config: &str, socket: &Path) -> String {
    // JSON's strings are YAML's.
    let socket = serde_json::Value::from(socket.to_string_lossy()).to_string();
    let config = config.trim_start_matches('\u{feff}');
    let flow = config.lines().find(|line| !line.trim().is_empty() && !line.starts_with(['#', '-', '%']));
    if flow.is_some_and(|line| line.starts_with('{')) {
        return config.replacen('{', &format!("{{{SETTING}: {socket}, "), 1);
    }
    let is_setting =
        |line: &&str| line.strip_prefix(SETTING).is_some_and(|rest| rest.trim_start().starts_with(':'));
    // After the end of a document another one would begin.
    let lines = config.lines().take_while(|line| line.trim_end() != "...");
    let new: String = lines.filter(|line| !is_setting(line)).flat_map(|line| [line, "\n"]).collect();
    new + SETTING + ": " + &socket + "\n"
}

/// Nothing if there is no file.
fn read(path: &Path) -> io::Result<String> {
    use io::Read as _;
    let file = match fs::File::open(path) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        file => file?,
    };
    let mut text = String::new();
    file.take(LARGEST_FILE).read_to_string(&mut text)?;
    Ok(text)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    use io::Write as _;
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Folder, has_login, users_socket, with_socket};

    #[test]
    fn the_setting_is_replaced_and_the_rest_stays() {
        let added = "http_unix_socket: \"/s\"\n";
        for (config, expected) in [
            ("", added.to_owned()),
            ("editor: vim\n", format!("editor: vim\n{added}")),
            ("a: b", format!("a: b\n{added}")),
            (
                "# c\nhttp_unix_socket:\naliases:\n    co: pr checkout\n",
                format!("# c\naliases:\n    co: pr checkout\n{added}"),
            ),
            ("http_unix_socket : /old\r\na: b\r\n", format!("a: b\n{added}")),
            ("---\na: b\n...\n", format!("---\na: b\n{added}")),
            ("{a: b}\n", "{http_unix_socket: \"/s\", a: b}\n".to_owned()),
        ] {
            assert_eq!(with_socket(config, Path::new("/s")), expected, "{config}");
        }
    }

    #[test]
    fn the_folder_is_private_and_goes() {
        let users = tempfile::tempdir().unwrap();
        std::fs::write(users.path().join("config.yml"), "http_unix_socket: '/own' # mine\n").unwrap();
        std::fs::write(users.path().join("hosts.yml"), "github.com:\n    user: mona\n").unwrap();
        assert!(has_login(Some(users.path())));
        assert_eq!(users_socket(Some(users.path())), Some("/own".into()));
        let folder = Folder::create().unwrap();
        folder.fill(Some(users.path()), &folder.socket()).unwrap();
        let path = folder.path().to_owned();
        assert!(std::fs::read_to_string(path.join("config.yml")).unwrap().contains("octopool.sock"));
        assert!(path.join("hosts.yml").exists());
        #[cfg(unix)]
        for (name, expected) in [("", 0o700), ("config.yml", 0o600), ("hosts.yml", 0o600)] {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, expected, "{name}");
        }
        drop(folder);
        assert!(!path.exists());
    }
}
