//! What a verification found out, as values: the judge looks at nothing else.

use http::StatusCode;
use octopool_core::{IdentityId, IdentitySpec, InstallationId, PoolId, ScopeOwner, Timestamp};

use crate::github::probe::{Covered, InstallationView, TokenSees};
use crate::github::{GithubError, Permissions, Place, Reach};
use crate::ports::app_key::AppKeyError;

/// The identity that is verified, registered or about to be.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Its id.
    pub id: String,
    /// Its pool.
    pub pool: String,
    /// The account behind the credential.
    pub login: String,
    /// The name of the secret.
    pub secret_ref: String,
    /// The installation, for an App.
    pub installation: Option<InstallationId>,
    /// What it may serve.
    pub scopes: Vec<SubjectScope>,
}

/// One scope.
#[derive(Clone, Debug)]
pub(crate) struct SubjectScope {
    /// `None` for `*`, of which there is nothing to look at.
    pub place: Option<Place>,
    /// Whether private repositories are meant too.
    pub allow_private: bool,
}

impl Subject {
    /// Takes an identity, stored or about to be.
    pub(crate) fn new(id: &IdentityId, pool: &PoolId, spec: &IdentitySpec) -> Self {
        let scopes = spec.scopes.as_slice().iter().map(|scope| {
            let owner = scope.owner.as_str().to_owned();
            let repo = scope.repo.as_ref().map(ToString::to_string);
            let place = (scope.owner != ScopeOwner::Any).then_some(Place { owner, repo });
            SubjectScope { place, allow_private: scope.allow_private }
        });
        Self {
            id: id.to_string(),
            pool: pool.to_string(),
            login: spec.login.to_string(),
            secret_ref: spec.secret_ref.to_string(),
            installation: spec.credential.installation(),
            scopes: scopes.collect(),
        }
    }

    /// The places that can be looked at.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Place> {
        self.scopes.iter().filter_map(|scope| scope.place.as_ref())
    }
}

impl Subject {
    /// The owners of whose private repositories all are meant, too.
    pub(crate) fn private_owners(&self) -> impl Iterator<Item = &Place> {
        let private = self.scopes.iter().filter(|scope| scope.allow_private);
        private.filter_map(|scope| scope.place.as_ref()).filter(|place| place.repo.is_none())
    }
}

/// Where this deployment's GitHub is for people, and for whom it was set up.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The address of GitHub's pages without a trailing slash.
    pub web: String,
    /// The deployment's org.
    pub org: String,
}

impl Site {
    /// The pages beside a REST base: GitHub's own, or those of the same GitHub Enterprise Server.
    pub(crate) fn new(api_base: &str, org: &str) -> Self {
        let web = api_base.strip_suffix("/api/v3").unwrap_or(api_base).replacen(
            "//api.github.com",
            "//github.com",
            1,
        );
        Self { web, org: org.to_owned() }
    }
}

/// What the named secret is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Binding {
    /// The name is one of the Worker's own.
    Reserved,
    /// The deployment has no secret of this name.
    Missing,
    /// There is nothing in it.
    Blank,
    /// There is something in it.
    Filled,
}

/// What came in place of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// The credential is not accepted.
    Unauthorized,
    /// It is accepted, and not let in.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// What was asked for cannot be had.
    Unprocessable,
    /// A rate limit is reached.
    Limited,
    /// Anything that may pass by itself, as a sentence of ours.
    Unavailable(String),
}

impl From<&GithubError> for Refusal {
    fn from(error: &GithubError) -> Self {
        match error {
            GithubError::Refused { limits, .. } if limits.is_exhausted() => Self::Limited,
            GithubError::Refused { status, .. } => match *status {
                StatusCode::UNAUTHORIZED => Self::Unauthorized,
                StatusCode::FORBIDDEN => Self::Forbidden,
                StatusCode::NOT_FOUND => Self::NotFound,
                StatusCode::UNPROCESSABLE_ENTITY => Self::Unprocessable,
                StatusCode::TOO_MANY_REQUESTS => Self::Limited,
                status => Self::Unavailable(format!("GitHub answered {status}.")),
            },
            GithubError::UnusableCredential => Self::Unauthorized,
            error => Self::Unavailable(format!("{error}.")),
        }
    }
}

/// What was found out about a PAT. What is `None` was not asked, because something before it failed.
#[derive(Debug)]
pub(super) struct PatFacts {
    /// Its secret.
    pub binding: Binding,
    /// Whether the secret is a private key, of which GitHub is not asked.
    pub private_key: bool,
    /// Whether it has the form of a fine-grained token, which always expires.
    pub fine_grained: bool,
    /// Whose it is, in GitHub's spelling.
    pub account: Option<Result<String, Refusal>>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// What it may see at all.
    pub sees: TokenSees,
    /// What it sees of each place.
    pub reach: Vec<(Place, Reach)>,
    /// Whether its account is a member of the deployment's org, asked only where that explains something.
    pub member: Option<Result<bool, Unasked>>,
    /// The Worker's time.
    pub now: Timestamp,
}

/// Why it is not known whether an account is a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Unasked {
    /// The deployment has no org token to ask with.
    NoToken,
    /// What came in place of an answer.
    Refused(Refusal),
}

/// Why a private key signs nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyFault {
    /// It is a token.
    Token,
    /// It cannot be read.
    Unreadable(AppKeyError),
    /// The platform does not sign with it.
    Unusable,
}

/// Why there is no App id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum AppIdFault {
    /// The deployment has none.
    Missing,
    /// It is neither a number nor a client id.
    Invalid,
}

/// What a minted token may do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct MintedFacts {
    /// Permission and access; `None` if GitHub does not say.
    pub permissions: Option<Permissions>,
    /// Whether only some repositories are selected; `None` if GitHub does not say.
    pub selected: Option<bool>,
}

/// What was found out about an installation. What is `None` was not asked, because something before it failed or it could teach nothing.
#[derive(Debug)]
pub(super) struct AppFacts {
    /// Its secret.
    pub binding: Binding,
    /// What is wrong with the App id.
    pub app_id: Option<AppIdFault>,
    /// What is wrong with the key.
    pub key: Option<KeyFault>,
    /// Seconds by which the Worker's clock is ahead of GitHub's.
    pub skew: Option<i64>,
    /// What came of minting a token.
    pub minted: Option<Result<MintedFacts, Refusal>>,
    /// Whether the App itself is known.
    pub known: Option<Result<(), Refusal>>,
    /// The installation as the App sees it.
    pub installation: Option<Result<InstallationView, Refusal>>,
    /// The first repositories that it covers.
    pub covered: Option<Result<Covered, Refusal>>,
    /// What came of minting a token for all repositories that the scopes name and the page does not.
    pub narrowed: Option<Result<(), Refusal>>,
    /// What its token sees of the repositories that are not proven otherwise.
    pub reach: Vec<(Place, Reach)>,
}
