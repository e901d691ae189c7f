//! Who is asking.

use std::collections::BTreeSet;

use http::{HeaderMap, StatusCode, header};

use super::answer::Answer;
use crate::jwt::{self, JwtError};
use crate::model::State;
use crate::model::accounts::AccountId;
use crate::model::apps::{AppId, InstallationId, Permissions, Selection};
use crate::model::principal::Principal;
use crate::model::repositories::Repository;
use crate::model::tokens::{Grant, Token};

/// The caller of one request, with what the credential allows.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) identity: Identity,
    /// The token's name, for recordings.
    pub(crate) token: Option<String>,
    /// When the token stops working, if it says.
    pub(crate) expires_at: Option<i64>,
    /// The credential itself, which `ETag`s are bound to. Never leaves the process.
    credential: String,
}

/// What a credential was found to be.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    Anonymous,
    Personal { account: AccountId, scopes: BTreeSet<String> },
    Installation { installation: InstallationId, permissions: Permissions, repositories: Selection },
    App(AppId),
}

impl Caller {
    pub(crate) fn anonymous() -> Self {
        Self { identity: Identity::Anonymous, token: None, expires_at: None, credential: String::new() }
    }

    /// Finds out who is asking. An invalid credential is refused everywhere, also for public data.
    pub(crate) fn resolve(headers: &HeaderMap, state: &State) -> Result<Self, Answer> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(Self::anonymous());
        };
        let credential = value.to_str().ok().and_then(credential).ok_or_else(bad_credentials)?;
        if let Some(token) = state.tokens.find(credential) {
            let identity = identity_of(token, state)?;
            let (token, expires_at) = (Some(token.name.clone()), token.expires_at);
            return Ok(Self { identity, token, expires_at, credential: credential.to_owned() });
        }
        if jwt::looks_like_jwt(credential) {
            let app = jwt::verify(credential, &state.apps, state.clock.now()).map_err(refused_jwt)?;
            return Ok(Self {
                identity: Identity::App(app),
                token: None,
                expires_at: None,
                credential: format!("app {app}"),
            });
        }
        Err(bad_credentials())
    }

    pub(crate) fn principal(&self) -> Principal {
        match &self.identity {
            Identity::Anonymous => Principal::Anonymous,
            Identity::Personal { account, .. } => Principal::Account(*account),
            Identity::Installation { installation, .. } => Principal::Installation(*installation),
            Identity::App(id) => Principal::App(*id),
        }
    }

    /// What an `ETag` is bound to: the same body has another `ETag` for another token.
    pub(crate) fn etag_key(&self) -> &str {
        &self.credential
    }

    /// The scopes of a classic personal access token.
    pub(crate) fn scopes(&self) -> Option<&BTreeSet<String>> {
        match &self.identity {
            Identity::Personal { scopes, .. } => Some(scopes),
            _ => None,
        }
    }

    /// What `x-oauth-scopes` says: nothing for a fine-grained token, which has permissions instead.
    pub(crate) fn named_scopes(&self) -> Option<&BTreeSet<String>> {
        self.scopes().filter(|_| !self.credential.starts_with("github_pat_"))
    }

    /// The account behind a personal token.
    pub(crate) fn account(&self) -> Option<AccountId> {
        match &self.identity {
            Identity::Personal { account, .. } => Some(*account),
            _ => None,
        }
    }

    /// The account behind a personal token, for routes that are about "the authenticated user".
    pub(crate) fn require_account(&self) -> Result<AccountId, Answer> {
        match &self.identity {
            Identity::Personal { account, .. } => Ok(*account),
            Identity::Anonymous => Err(requires_authentication()),
            Identity::Installation { .. } | Identity::App(_) => Err(not_for_integrations()),
        }
    }

    /// The App, for routes that take a JWT and nothing else.
    pub(crate) fn require_app(&self) -> Result<AppId, Answer> {
        match &self.identity {
            Identity::App(id) => Ok(*id),
            _ => Err(refused_jwt(JwtError::Undecodable)),
        }
    }

    /// Whether the caller may know of a repository: of a public one everybody; of a private one its
    /// owner and the members of its organization with the scope `repo`, and installation tokens
    /// that cover it.
    pub(crate) fn sees(&self, repository: &Repository, state: &State) -> bool {
        let personal = matches!(self.identity, Identity::Personal { .. });
        let kept_out = personal && state.single_sign_on.contains(&repository.owner);
        !repository.private || self.is_entitled(repository, state) && !kept_out
    }

    /// The same of a private one, whatever single sign-on says.
    pub(crate) fn is_entitled(&self, repository: &Repository, state: &State) -> bool {
        match &self.identity {
            Identity::Personal { account, scopes } => {
                let member = state.memberships.find_active(repository.owner, *account).is_some();
                scopes.contains("repo") && (member || repository.owner == *account)
            }
            Identity::Installation { installation, repositories, .. } => {
                repositories.covers(repository.id)
                    && state.installations.get(*installation).is_some_and(|it| it.covers(repository))
            }
            Identity::Anonymous | Identity::App(_) => false,
        }
    }

    /// Whether the token has `read:org` or a scope that includes it.
    pub(crate) fn reads_organizations(&self) -> bool {
        let sufficient = ["read:org", "write:org", "admin:org"];
        self.scopes().is_some_and(|scopes| sufficient.iter().any(|scope| scopes.contains(*scope)))
    }
}

pub(crate) fn requires_authentication() -> Answer {
    Answer::refusal(StatusCode::UNAUTHORIZED, "Requires authentication")
}

pub(crate) fn not_for_integrations() -> Answer {
    Answer::refusal(StatusCode::FORBIDDEN, "Resource not accessible by integration")
}

pub(crate) fn suspended() -> Answer {
    Answer::refusal(StatusCode::FORBIDDEN, "This installation has been suspended")
}

fn bad_credentials() -> Answer {
    Answer::refusal(StatusCode::UNAUTHORIZED, "Bad credentials")
}

fn refused_jwt(error: JwtError) -> Answer {
    let status = if error == JwtError::UnknownApp { StatusCode::NOT_FOUND } else { StatusCode::UNAUTHORIZED };
    Answer::refusal(status, error.to_string())
}

/// `Bearer X` or `token X`; GitHub takes both for every kind of token.
fn credential(authorization: &str) -> Option<&str> {
    let (scheme, credential) = authorization.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    known.then(|| credential.trim())
}

fn identity_of(token: &Token, state: &State) -> Result<Identity, Answer> {
    match &token.grant {
        Grant::Personal { account, scopes } => {
            // The token of a deleted account does not work.
            state.accounts.get(*account).ok_or_else(bad_credentials)?;
            if token.expires_at.is_some_and(|end| end <= state.clock.now()) {
                return Err(bad_credentials());
            }
            Ok(Identity::Personal { account: *account, scopes: scopes.clone() })
        }
        Grant::Installation { installation, expires_at, permissions, repositories } => {
            let installed = state.installations.get(*installation).ok_or_else(bad_credentials)?;
            if *expires_at <= state.clock.now() {
                return Err(bad_credentials());
            }
            if installed.suspended {
                return Err(suspended());
            }
            Ok(Identity::Installation {
                installation: *installation,
                permissions: permissions.clone(),
                repositories: repositories.clone(),
            })
        }
    }
}
