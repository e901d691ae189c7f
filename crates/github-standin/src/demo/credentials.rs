//! The secrets of the demo seed: what a GitHub account's owner would have in a password manager.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ids;
use crate::keys::{self, KeyError};
use crate::model::apps::{AppId, InstallationId};
use crate::random;

/// Everything a client needs to work with [`State::demo`](crate::State::demo).
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// The App's id.
    pub app_id: AppId,
    /// The App's private key, PKCS#1 in PEM as GitHub hands it out.
    pub app_private_key_pem: String,
    /// The App's installation on `acme`.
    pub installation_id: InstallationId,
    /// Personal access tokens.
    pub tokens: DemoTokens,
}

/// One classic personal access token for each account of the seed, and one for the org.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoTokens {
    /// Mona's second token, which has only `read:org`: what an operator gives a service to verify
    /// members with.
    pub org: String,
    /// Mona, an admin of `acme`.
    pub mona: String,
    /// Hubot, a member.
    pub hubot: String,
    /// Octocat, a member who shows the membership to the world.
    pub octocat: String,
    /// Mallory, who has nothing to do with `acme`.
    pub mallory: String,
    /// Newbie, who was invited and has not accepted.
    pub newbie: String,
}

/// The credentials file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Reading or writing failed.
    #[error("cannot use the credentials file: {0}")]
    File(#[from] io::Error),
    /// The file has another format.
    #[error("the credentials file holds something else (delete it to get a new one): {0}")]
    Content(#[from] serde_json::Error),
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Credentials {
    /// Fresh random tokens; the App key is the same for all of one process, see
    /// [`keys::app_key_pem`].
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, KeyError> {
        let token = || format!("ghp_{}", random::alphanumeric(36));
        Ok(Self {
            app_id: ids::APP,
            app_private_key_pem: keys::app_key_pem()?,
            installation_id: ids::INSTALLATION,
            tokens: DemoTokens {
                org: token(),
                mona: token(),
                hubot: token(),
                octocat: token(),
                mallory: token(),
                newbie: token(),
            },
        })
    }

    /// Reads the file, or makes it with fresh credentials that only its owner may read.
    ///
    /// # Errors
    /// When the file exists with another format, or cannot be written.
    pub fn load_or_create(path: &Path) -> Result<Self, CredentialsError> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let credentials = Self::generate()?;
                credentials.create(path)?;
                Ok(credentials)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn create(&self, path: &Path) -> Result<(), CredentialsError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        // `create_new` refuses to write through a file or link that another process put there
        // meanwhile.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.write_all(b"\n")?;
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("app_id", &self.app_id)
            .field("installation_id", &self.installation_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DemoTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoTokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_and_reused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/credentials.json");
        let made = Credentials::load_or_create(&path).unwrap();
        let read = Credentials::load_or_create(&path).unwrap();
        assert_eq!(made.tokens.org, read.tokens.org);
        assert!(read.app_private_key_pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.json");
        Credentials::load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_foreign_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "my notes").unwrap();
        assert!(matches!(Credentials::load_or_create(&path), Err(CredentialsError::Content(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "my notes");
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let credentials = Credentials::generate().unwrap();
        let text = format!("{credentials:?} {:?}", credentials.tokens);
        assert!(!text.contains("ghp_") && !text.contains("PRIVATE"), "{text}");
    }
}
