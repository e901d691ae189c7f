//! The saved login: `<configuration folder>/octopool/auth.json`, which the older Go client reads
//! and writes too. The folder is 0700 and the file 0600, because the file holds a token.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::error::{Error, Result};
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
    if permissions::tighten_file(&file).map_err(|problem| unusable(&path, &problem))? {
        output.warning(&format!(
            "{} was readable by other users and is private now. To be safe, log in again to replace \
             the token.",
            path.display()
        ));
    }
    let mut text = String::new();
    file.take(LARGEST_FILE).read_to_string(&mut text).map_err(|_| corrupt(&path))?;
    parse(&text).map(Some).ok_or_else(|| corrupt(&path))
}

fn parse(text: &str) -> Option<SavedLogin> {
    let AuthFile { url, pool, token, login, client, created_at } = serde_json::from_str(text).ok()?;
    let url = ServerUrl::parse(&url).ok().filter(|_| is_token(&token))?;
    Some(SavedLogin { url, pool, token: token.into(), login, client, created_at })
}

/// Makes sure that a login can be saved before the server creates a token: a lost token would
/// already have replaced the one in use.
pub(crate) fn prepare() -> Result<()> {
    let path = path()?;
    let folder = folder_of(&path);
    permissions::create_folder(folder)
        .and_then(|()| NamedTempFile::new_in(folder))
        .map(drop)
        .map_err(|problem| unusable(folder, &problem))
}

/// Replaces the file atomically: a reader sees the old login or the new one, even after a crash.
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
    replace(&path, &file).map_err(|problem| unusable(&path, &problem))?;
    Ok(path)
}

fn replace(path: &Path, content: &AuthFile) -> io::Result<()> {
    let folder = folder_of(path);
    permissions::create_folder(folder)?;
    // tempfile creates its files with mode 0600.
    let mut file = NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, content)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    permissions::sync_folder(folder)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
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

    pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    /// Works on the open file, so that the file that is checked is the file that is read.
    pub(super) fn tighten_file(file: &File) -> io::Result<bool> {
        let is_open_to_others = file.metadata()?.permissions().mode() & 0o177 != 0;
        if is_open_to_others {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        Ok(is_open_to_others)
    }

    /// Makes the rename durable.
    pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// On other systems the user's folder is private already.
#[cfg(not(unix))]
mod permissions {
    use std::fs::{self, File};
    use std::io;
    use std::path::Path;

    pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    pub(super) fn tighten_file(_: &File) -> io::Result<bool> {
        Ok(false)
    }

    pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
        Ok(())
    }
}
