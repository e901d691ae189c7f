//! Files that commands write: replaced as a whole, or left as they were.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    /// Only its owner.
    Private,
    /// As before; a new file as the system's default (umask) says.
    Usual,
}

/// Replaces what is at the path by `content`. A reader, and a machine that loses power, see the old
/// file or the new one. A symbolic link stays, and its target is replaced. What is not a regular
/// file, such as `/dev/stdout` or a pipe, is written to directly.
pub(crate) fn replace(path: &Path, content: &[u8], access: Access) -> io::Result<()> {
    let path = target(path)?;
    let existing = fs::metadata(&path).ok();
    if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
        let mut file = OpenOptions::new().write(true).open(&path)?;
        return file.write_all(content).and_then(|()| file.flush());
    }
    let folder = folder_of(&path);
    let mut file = temporary(folder, access)?;
    if let Some(existing) = existing.filter(|_| access == Access::Usual) {
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    sync_folder(folder)
}

/// Deletes what [`replace`] would replace. Returns whether there was anything.
pub(crate) fn delete(path: &Path) -> io::Result<bool> {
    match fs::remove_file(target(path)?) {
        Ok(()) => Ok(true),
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(problem) => Err(problem),
    }
}

/// Fails if [`replace`] could not write a private file at the path.
pub(crate) fn can_replace(path: &Path) -> io::Result<()> {
    temporary(folder_of(&target(path)?), Access::Private).map(drop)
}

/// Where a path leads, even if the last of its symbolic links leads to nothing yet.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(link) => path = folder_of(&path).join(link),
            // It is not a link, or there is nothing.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// The folder that holds the path.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}

/// A file in the folder of the one that it replaces: only within a file system is a rename atomic.
fn temporary(folder: &Path, access: Access) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".octopool-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = match access {
            Access::Private => 0o600,
            Access::Usual => 0o666,
        };
        builder.permissions(fs::Permissions::from_mode(mode)).tempfile_in(folder)
    }
    #[cfg(not(unix))]
    {
        let _ = access;
        builder.tempfile_in(folder)
    }
}

/// Makes the rename durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::{Access, replace};

    #[test]
    fn links_stay_and_their_targets_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, dangling) =
            (folder.path().join("file"), folder.path().join("link"), folder.path().join("dangling"));
        fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        symlink("new", &dangling).unwrap();
        replace(&link, b"one", Access::Usual).unwrap();
        replace(&dangling, b"two", Access::Usual).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        assert_eq!(fs::read_to_string(folder.path().join("new")).unwrap(), "two");
        assert!(link.is_symlink() && dangling.is_symlink());
        symlink("circle", folder.path().join("circle")).unwrap();
        assert!(replace(&folder.path().join("circle"), b"", Access::Usual).is_err());
        assert!(replace(folder.path(), b"", Access::Usual).is_err());
        replace("/dev/null".as_ref(), b"x", Access::Usual).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5, "no temporary file is left");
    }

    #[test]
    fn permissions_stay_unless_the_file_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&file, b"new", Access::Usual).unwrap();
        assert_eq!(mode(), 0o640);
        replace(&file, b"new", Access::Private).unwrap();
        assert_eq!(mode(), 0o600);
    }
}
