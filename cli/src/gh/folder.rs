//! The private folder that gh is started with: the user's configuration with a socket in it, and a
//! `gh` that leads back to octopool.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{self, Path, PathBuf};

use tempfile::TempDir;

use super::config::{self, CONFIG, HOSTS, PRIVATE};
use crate::environment;
use crate::files::{self, Access, folder_of};

const SOCKET: &str = "octopool.sock";
/// Locked as long as the process lives that made the folder.
const LOCK: &str = "lock";
const PROGRAMS: &str = "octopool-programs";
/// The longest path of a socket that every system takes.
const LONGEST_SOCKET: usize = 100;
/// How much longer it is than the path of the folder that the private one is in.
const BELOW_BASE: usize = 40;
/// A folder for temporary files may have any number of others.
const MOST_LOOKED_AT: usize = 4000;

/// A private folder; it is gone when this is dropped.
pub(super) struct Folder {
    folder: TempDir,
    _lock: File,
}

/// What gh was started with, to find out what it has changed.
pub(super) struct Filled<'a> {
    folder: &'a Folder,
    users: PathBuf,
    socket: PathBuf,
    original: String,
    written: String,
}

impl Folder {
    /// Makes one, and removes those that processes have left that were killed.
    pub(super) fn create() -> io::Result<Self> {
        let short = |base: &PathBuf| base.is_dir() && base.as_os_str().len() + BELOW_BASE <= LONGEST_SOCKET;
        let runtime = environment::variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        let bases = runtime.into_iter().chain([env::temp_dir(), PathBuf::from("/tmp")]);
        let mut problem = io::Error::from(io::ErrorKind::NotFound);
        for base in bases.filter_map(|base| path::absolute(base).ok()).filter(short) {
            match private(&base) {
                Ok((folder, lock)) => {
                    remove_left_over(&base, &folder);
                    return Ok(Self { folder, _lock: lock });
                }
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where this process listens, unless another one does.
    pub(super) fn socket(&self) -> PathBuf {
        self.path().join(SOCKET)
    }

    /// Copies the user's configuration with this socket in it. Everything else is a link: gh
    /// changes logins in the user's own file. Without fallback there are no logins.
    pub(super) fn fill(
        &self,
        users: Option<&Path>,
        socket: &Path,
        may_fall_back: bool,
    ) -> io::Result<Option<Filled<'_>>> {
        let users = users.map(path::absolute).transpose()?;
        let of_user = |name: &str| users.as_ref().map(|users| config::read(&users.join(name))).transpose();
        let (original, hosts) =
            (of_user(CONFIG)?.unwrap_or_default(), of_user(HOSTS).ok().flatten().unwrap_or_default());
        let written = config::with_socket(&original, &hosts, socket);
        write_new(&self.path().join(CONFIG), &written)?;
        if !may_fall_back {
            write_new(&self.path().join(HOSTS), &config::without_tokens(&hosts))?;
        }
        let Some(users) = users else { return Ok(None) };
        for entry in fs::read_dir(&users).into_iter().flatten().flatten() {
            // What has the name of a file of this folder is not gh's.
            drop(symlink(entry.path(), self.path().join(entry.file_name())));
        }
        if users.is_dir() {
            // gh writes the file that this leads to, whether or not there is one.
            drop(symlink(users.join(HOSTS), self.path().join(HOSTS)));
        }
        let socket = socket.to_owned();
        Ok(may_fall_back.then_some(Filled { folder: self, users, socket, original, written }))
    }

    /// The PATH on which `gh` is octopool, so that what gh starts comes back here: what changes
    /// gh's set-up works on the user's own.
    pub(super) fn programs(&self) -> Option<OsString> {
        let path = env::var_os("PATH")?;
        let programs = self.path().join(PROGRAMS);
        fs::create_dir(&programs).ok()?;
        symlink(env::current_exe().ok()?, programs.join("gh")).ok()?;
        env::join_paths([programs].into_iter().chain(env::split_paths(&path))).ok()
    }
}

impl Filled<'_> {
    /// Puts what gh has changed in the copy where gh would have put it alone. Returns the files
    /// that were changed by others at the same time; they stay as they are.
    pub(super) fn keep_changes(&self) -> io::Result<Vec<PathBuf>> {
        let mut conflicts = Vec::new();
        let changed = config::read(&self.folder.path().join(CONFIG))?;
        if changed != self.written {
            let users = self.users.join(CONFIG);
            if config::read(&users)? == self.original {
                put(&users, &config::without_socket(&changed, &self.socket, &self.original))?;
            } else {
                conflicts.push(users);
            }
        }
        for entry in fs::read_dir(self.folder.path())?.flatten() {
            let name = entry.file_name();
            if entry.file_type()?.is_file() && name != CONFIG && name != LOCK {
                put(&self.users.join(name), &config::read(&entry.path())?)?;
            }
        }
        Ok(conflicts)
    }
}

fn private(base: &Path) -> io::Result<(TempDir, File)> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PRIVATE).permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = builder.tempdir_in(base)?;
    // It has its name only when it is locked.
    let (new, lock) = (folder.path().join("new"), folder.path().join(LOCK));
    let file = new_file(&new)?;
    // Where files have no locks, what is left over stays.
    drop(file.lock());
    fs::rename(new, lock)?;
    Ok((folder, file))
}

/// Removes the folders of this user whose process has ended.
fn remove_left_over(base: &Path, own: &TempDir) {
    let Ok(own_id) = fs::metadata(own).map(|own| own.uid()) else { return };
    for entry in fs::read_dir(base).into_iter().flatten().take(MOST_LOOKED_AT).flatten() {
        let path = entry.path();
        // A link that somebody else has put there is not a folder.
        let is_own = config::is_private(&path)
            && path != own.path()
            && entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == own_id);
        let lock = is_own.then(|| File::open(path.join(LOCK)));
        if matches!(lock, Some(Ok(lock)) if lock.try_lock().is_ok()) {
            drop(fs::remove_dir_all(path));
        }
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    io::Write::write_all(&mut new_file(path)?, text.as_bytes())
}

/// Writes a file of the user: private if it is new, as gh's are.
fn put(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder_of(path))?;
    let access = if path.exists() { Access::Usual } else { Access::Private };
    files::replace(path, text.as_bytes(), access)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::{Folder, LOCK, PRIVATE};

    fn users() -> tempfile::TempDir {
        let users = tempfile::tempdir().unwrap();
        fs::write(users.path().join("config.yml"), "a: b\n").unwrap();
        fs::write(users.path().join("hosts.yml"), "github.com:\n    oauth_token: x\n").unwrap();
        fs::write(users.path().join("other.yml"), "mine\n").unwrap();
        users
    }

    #[test]
    fn the_folder_is_private_and_goes() {
        let users = users();
        let folder = Folder::create().unwrap();
        folder.fill(Some(users.path()), &folder.socket(), true).unwrap();
        let path = folder.path().to_owned();
        assert!(fs::read_to_string(path.join("config.yml")).unwrap().contains("octopool.sock"));
        assert_eq!(fs::read_link(path.join("hosts.yml")).unwrap(), users.path().join("hosts.yml"));
        assert_eq!(fs::read_to_string(path.join("other.yml")).unwrap(), "mine\n");
        for (name, expected) in [("", 0o700), ("config.yml", 0o600)] {
            let mode = fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, expected, "{name}");
        }
        drop(folder);
        assert!(!path.exists() && users.path().join("hosts.yml").exists());
    }

    #[test]
    fn without_fallback_no_login_is_in_it() {
        let users = users();
        let folder = Folder::create().unwrap();
        assert!(folder.fill(Some(users.path()), Path::new("/s"), false).unwrap().is_none());
        assert_eq!(fs::read_to_string(folder.path().join("hosts.yml")).unwrap(), "github.com:\n");
    }

    #[test]
    fn what_gh_changes_is_kept() {
        let users = users();
        let folder = Folder::create().unwrap();
        let filled = folder.fill(Some(users.path()), Path::new("/s"), true).unwrap().unwrap();
        let config = folder.path().join("config.yml");
        assert!(filled.keep_changes().unwrap().is_empty());
        assert_eq!(fs::read_to_string(users.path().join("config.yml")).unwrap(), "a: b\n");
        fs::write(&config, "http_unix_socket: /s\na: c\n").unwrap();
        fs::write(folder.path().join("new.yml"), "new\n").unwrap();
        assert!(filled.keep_changes().unwrap().is_empty());
        assert_eq!(fs::read_to_string(users.path().join("config.yml")).unwrap(), "a: c\n");
        assert_eq!(fs::read_to_string(users.path().join("new.yml")).unwrap(), "new\n");
        fs::write(&config, "a: d\n").unwrap();
        assert_eq!(filled.keep_changes().unwrap(), [users.path().join("config.yml")]);
        assert!(!users.path().join(LOCK).exists());
        // Without a folder of the user, too.
        let absent = users.path().join("absent");
        let folder = Folder::create().unwrap();
        let filled = folder.fill(Some(&absent), Path::new("/s"), true).unwrap().unwrap();
        fs::write(folder.path().join("hosts.yml"), "github.com:\n").unwrap();
        filled.keep_changes().unwrap();
        assert_eq!(fs::read_to_string(absent.join("hosts.yml")).unwrap(), "github.com:\n");
        assert!(!absent.join("config.yml").exists());
    }

    #[test]
    fn what_a_killed_process_has_left_is_removed() {
        let base = Folder::create().unwrap().path().parent().unwrap().to_owned();
        let left = base.join(format!("{PRIVATE}test-{}", std::process::id()));
        fs::create_dir(&left).unwrap();
        drop(Folder::create().unwrap());
        assert!(left.exists(), "it may be new");
        fs::write(left.join(LOCK), "").unwrap();
        let living = Folder::create().unwrap();
        drop(Folder::create().unwrap());
        assert!(!left.exists() && living.path().exists());
    }
}
