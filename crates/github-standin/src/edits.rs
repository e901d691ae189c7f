//! What a script may change over HTTP: `POST /_standin/state`. Tests in process change the state
//! itself.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::apps::InstallationId;
use crate::model::principal::{Principal, UnknownPrincipal};
use crate::model::quotas::Resource;
use crate::model::repositories::RepositoryId;
use crate::model::{EditError, State};

/// One change.
#[derive(Debug, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Edit {
    /// Makes a repository private or public.
    SetPrivate { repository: RepositoryId, private: bool },
    /// Gives a repository another name.
    RenameRepository { repository: RepositoryId, name: String },
    /// Sets what is left of a principal's rate limit, nothing by default.
    SetRemaining {
        principal: String,
        resource: String,
        #[serde(default)]
        remaining: u64,
    },
    /// Suspends an installation, or no longer.
    Suspend { installation: InstallationId, suspended: bool },
    /// Takes a token back, by its name.
    Revoke { token: String },
    /// Moves the clock.
    SetClock { offset: i64 },
    /// Adds a blob of this many bytes; the answer is its sha.
    AddBlob { repository: RepositoryId, size: usize },
    /// Where the logs of jobs are; null puts them back here.
    SetLogBase { url: Option<String> },
    /// Where everything else that is downloaded is; null puts it back here.
    SetDownloadBase { url: Option<String> },
}

/// An edit that cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error(transparent)]
    Principal(#[from] UnknownPrincipal),
    #[error("there is no rate limit {0}")]
    Resource(String),
}

impl Edit {
    /// Makes the change; what it returns is the answer.
    pub(crate) fn apply(self, state: &mut State) -> Result<Option<Value>, Refused> {
        match self {
            Self::SetPrivate { repository, private } => {
                state.repositories.set_private(repository, private)?;
            }
            Self::RenameRepository { repository, name } => state.rename_repository(repository, &name)?,
            Self::SetRemaining { principal, resource, remaining } => {
                let known = Resource::ALL.into_iter().find(|it| it.as_str() == resource);
                let known = known.ok_or(Refused::Resource(resource))?;
                let (principal, now) = (principal.parse::<Principal>()?, state.clock.now());
                state.quotas.window(principal, known, now).set_remaining(remaining);
            }
            Self::Suspend { installation, suspended } => {
                state.installations.edit(installation)?.suspended = suspended;
            }
            Self::Revoke { token } => state.tokens.revoke(&token)?,
            Self::SetClock { offset } => state.clock.offset = offset,
            Self::AddBlob { repository, size } => {
                state.repositories.get(repository).ok_or(EditError::UnknownRepository(repository))?;
                return Ok(Some(json!({ "sha": state.contents.add_sized_blob(repository, size) })));
            }
            Self::SetLogBase { url } => state.log_base = url,
            Self::SetDownloadBase { url } => state.download_base = url,
        }
        Ok(None)
    }
}
