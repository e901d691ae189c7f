//! The saved login: `<configuration folder>/octopool/auth.json`, which the older Go client reads
//! and writes too. The folder is 0700 and the file 0600, because the file holds a token.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{self, Access, folder_of};
use crate::output::Output;
use crate::server_url::ServerUrl;
use crate::token::is_token;

/// Far more than six short strings need; a wrong file is not read into memory.
const LARGEST_FILE: u64 = 64 * 1024;

/// A login that later commands use.
pub(crate) struct SavedLogin {
    /// The only server that the token is sent to.
    pub(crate) url: ServerUrl,
    pub(crate) pool: String,
    pub(crate) token: SecretString,
    pub(crate) login: String,
    pub(crate) client: String,
    /// RFC 3339.
    pub(crate) created_at: String,
}

/// The content of the file. Older clients did not write the last keys. It holds a token: no
/// `Debug`.
#[derive(Deserialize, Serialize)]
struct AuthFile {
    url: String,
    pool: String,
    token: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    client: String,
    #[serde(default)]
    created_at: String,
}

/// The same folder as Go's `os.UserConfigDir`.
pub(crate) fn path() -> Result<PathBuf> {
    let folders = etcetera::base_strategy::choose_native_strategy().map_err(|_| {
        Error::failed("no_home", "There is no home folder to save a login in.")
            .hint("Set HOME or XDG_CONFIG_HOME.")
    })?;
    // They differ on macOS only, where etcetera's configuration folder is the one for property
    // lists.
    let base = if cfg!(target_os = "macos") { folders.data_dir() } else { folders.config_dir() };
    Ok(base.join("octopool").join("auth.json"))
}

/// The saved login, if there is one. A file that others can read is made private.
pub(crate) fn load(output: &mut Output) -> Result<Option<SavedLogin>> {
    let path = path()?;
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(unusable(&path, &problem)),
    };
    if let Some(warning) = warning(&path, permissions::tighten_file(&file)) {
        output.warning(&warning);
    }
    let mut text = String::new();
    file.take(LARGEST_FILE).read_to_string(&mut text).map_err(|_| corrupt(&path))?;
    parse(&text).map(Some).ok_or_else(|| corrupt(&path))
}

/// What the user has to know of a file that was open to others. A secret that Kubernetes or Docker
/// mounts is read-only and belongs to another user; it is used as it is.
fn warning(path: &Path, tightened: io::Result<bool>) -> Option<String> {
    let name = path.display();
    match tightened {
        Ok(false) => None,
        Ok(true) => Some(format!(
            "{name} was readable by other users and is private now. To be safe, log in again to replace \
             the token."
        )),
        Err(problem) => Some(format!(
            "{name} may be readable by other users, and its permissions cannot be changed: {}. Everyone who \
             can read it can use the token.",
            problem.kind()
        )),
    }
}

fn parse(text: &str) -> Option<SavedLogin> {
    let AuthFile { url, pool, token, login, client, created_at } = serde_json::from_str(text).ok()?;
    let url = ServerUrl::parse(&url).ok().filter(|_| is_token(&token))?;
    Some(SavedLogin { url, pool, token: token.into(), login, client, created_at })
}

/// Makes sure that a login can be saved before the server creates a token: a lost token would
/// already have replaced the one in use.
pub(crate) fn prepare(output: &mut Output) -> Result<()> {
    let path = path()?;
    let folder = folder_of(&path);
    let made_private = permissions::create_folder(folder).map_err(|problem| unusable(folder, &problem))?;
    files::can_replace(&path).map_err(|problem| unusable(&path, &problem))?;
    if let Err(problem) = made_private {
        output.warning(&format!(
            "Other users can see what is in {}, and its permissions cannot be changed: {}.",
            folder.display(),
            problem.kind()
        ));
    }
    Ok(())
}

/// Replaces the file as a whole, so that a reader sees the old login or the new one.
pub(crate) fn save(login: &SavedLogin) -> Result<PathBuf> {
    let path = path()?;
    let file = AuthFile {
        url: login.url.to_string(),
        pool: login.pool.clone(),
        token: login.token.expose_secret().to_owned(),
        login: login.login.clone(),
        client: login.client.clone(),
        created_at: login.created_at.clone(),
    };
    let replaced = serde_json::to_string_pretty(&file)
        .map_err(io::Error::from)
        .and_then(|text| files::replace(&path, format!("{text}\n").as_bytes(), Access::Private));
    replaced.map_err(|problem| unusable(&path, &problem))?;
    Ok(path)
}

/// Deletes the saved login.
pub(crate) fn delete() -> Result<()> {
    let path = path()?;
    files::delete(&path).map(drop).map_err(|problem| unusable(&path, &problem))
}

fn unusable(path: &Path, problem: &io::Error) -> Error {
    Error::failed("auth_file", format!("{} cannot be used: {problem}.", path.display()))
        .hint("Check who owns it and its folder, or set XDG_CONFIG_HOME to another folder.")
}

/// Without the parser's message, which quotes values, and one of them is the token.
fn corrupt(path: &Path) -> Error {
    Error::auth("auth_file_corrupt", format!("The saved login in {} is damaged.", path.display()))
        .hint("Delete the file and run `octopool login SERVER` again.")
}

#[cfg(unix)]
mod permissions {
    use std::fs::{self, DirBuilder, File, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    use std::path::Path;

    /// Creates a private folder, or makes one private that is there. The inner error says why that
    /// was not possible; the file in it is private all the same.
    pub(super) fn create_folder(folder: &Path) -> io::Result<io::Result<()>> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let is_open_to_others = fs::metadata(folder)?.permissions().mode() & 0o077 != 0;
        let private = || fs::set_permissions(folder, Permissions::from_mode(0o700));
        Ok(if is_open_to_others { private() } else { Ok(()) })
    }

    /// Works on the open file, so that the file that is checked is the file that is read.
    pub(super) fn tighten_file(file: &File) -> io::Result<bool> {
        let is_open_to_others = file.metadata()?.permissions().mode() & 0o177 != 0;
        if is_open_to_others {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        Ok(is_open_to_others)
    }
}

/// On other systems the user's folder is private already.
#[cfg(not(unix))]
mod permissions {
    use std::fs::{self, File};
    use std::io;
    use std::path::Path;

    pub(super) fn create_folder(folder: &Path) -> io::Result<io::Result<()>> {
        fs::create_dir_all(folder).map(Ok)
    }

    pub(super) fn tighten_file(_: &File) -> io::Result<bool> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::warning;

    /// A read-only mount, which a test cannot make.
    #[test]
    fn permissions_that_cannot_be_changed_are_a_warning() {
        for kind in [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied] {
            let warning = warning("/run/secrets/auth.json".as_ref(), Err(Error::from(kind))).unwrap();
            assert!(warning.contains("/run/secrets/auth.json") && warning.contains("cannot be changed"));
        }
        assert_eq!(warning("/a".as_ref(), Ok(false)), None);
    }
}
