//! What was read for a verification. The judge sees nothing else.

use http::StatusCode;
use octopool_core::{
    AppId, Forbidden, IdentityId, IdentitySpec, InstallationId, PoolId, ScopeOwner, Timestamp,
};

use crate::github::probe::{AppView, Covered, InstallationView, TokenSees};
use crate::github::{GithubError, Permissions, Place, Reach};
use crate::ports::app_key::AppKeyError;

/// The identity to verify, registered or not yet.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Whether it is registered, so that a fix can change it. What is not registered can only be
    /// registered in another way.
    pub registered: bool,
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
    /// The App that it names; `None` for the deployment's.
    pub app_id: Option<AppId>,
    /// What it may serve.
    pub scopes: Vec<SubjectScope>,
}

/// One scope.
#[derive(Clone, Debug)]
pub(crate) struct SubjectScope {
    /// `None` for `*`, which cannot be checked.
    pub place: Option<Place>,
    /// Whether private repositories are included.
    pub allow_private: bool,
}

impl Subject {
    /// The same, not registered yet.
    #[must_use]
    pub(crate) fn unregistered(self) -> Self {
        Self { registered: false, ..self }
    }

    /// The registered identity with this specification.
    pub(crate) fn new(id: &IdentityId, pool: &PoolId, spec: &IdentitySpec) -> Self {
        let scopes = spec.scopes.as_slice().iter().map(|scope| {
            let owner = scope.owner.as_str().to_owned();
            let repo = scope.repo.as_ref().map(ToString::to_string);
            let place = (scope.owner != ScopeOwner::Any).then_some(Place { owner, repo });
            SubjectScope { place, allow_private: scope.allow_private }
        });
        Self {
            registered: true,
            id: id.to_string(),
            pool: pool.to_string(),
            login: spec.login.to_string(),
            secret_ref: spec.secret_ref.to_string(),
            installation: spec.credential.installation(),
            app_id: spec.credential.app().cloned(),
            scopes: scopes.collect(),
        }
    }

    /// The owners and repositories that can be checked.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Place> {
        self.scopes.iter().filter_map(|scope| scope.place.as_ref())
    }
}

impl Subject {
    /// The owners of which all private repositories are included.
    pub(crate) fn private_owners(&self) -> impl Iterator<Item = &Place> {
        let private = self.scopes.iter().filter(|scope| scope.allow_private);
        private.filter_map(|scope| scope.place.as_ref()).filter(|place| place.repo.is_none())
    }
}

/// Where people use this deployment's GitHub, and the deployment's org.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The address of GitHub's web pages, without a trailing slash.
    pub web: String,
    /// The deployment's org.
    pub org: String,
}

impl Site {
    /// The web address for a REST base: GitHub's own, or that of the same GitHub Enterprise Server.
    pub(crate) fn new(api_base: &str, org: &str) -> Self {
        let base = api_base.strip_suffix("/api/v3").unwrap_or(api_base);
        // GitHub Enterprise Cloud with data residency has `https://api.SUBDOMAIN.ghe.com`.
        let of_github = base.ends_with("//api.github.com") || base.ends_with(".ghe.com");
        let web = if of_github { base.replacen("//api.", "//", 1) } else { base.to_owned() };
        Self { web, org: org.to_owned() }
    }
}

/// The state of the named secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Binding {
    /// The name is one of the Worker's own secrets.
    Reserved,
    /// The deployment has no secret with this name.
    Missing,
    /// It is blank.
    Blank,
    /// It is no text.
    Other,
    /// It has a value.
    Filled,
}

/// Why a secret cannot be a token, seen without asking GitHub.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TokenFault {
    /// It is a private key, which is never sent to GitHub.
    PrivateKey,
    /// It begins with a byte order mark, which some editors and shells write into files.
    ByteOrderMark,
    /// It has several lines.
    SeveralLines,
    /// It begins with the scheme of an `Authorization` header.
    Scheme,
    /// It is in quotes.
    Quoted,
    /// It has a space or a character that no token has.
    Characters,
}

impl TokenFault {
    /// Looks at a secret without surrounding white space.
    pub(crate) fn of(secret: &str) -> Option<Self> {
        let begins =
            |scheme: &str| secret.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
        if secret.contains("-----BEGIN ") {
            Some(Self::PrivateKey)
        } else if secret.starts_with('\u{feff}') {
            Some(Self::ByteOrderMark)
        } else if secret.contains(['\n', '\r']) {
            Some(Self::SeveralLines)
        } else if begins("bearer ") || begins("token ") {
            Some(Self::Scheme)
        } else if secret.starts_with(['"', '\'']) {
            Some(Self::Quoted)
        } else if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            Some(Self::Characters)
        } else {
            None
        }
    }

    /// What is wrong, as the rest of a sentence that begins with the name of the secret.
    pub(crate) fn problem(self) -> &'static str {
        match self {
            Self::PrivateKey => "is a private key, not a token.",
            Self::ByteOrderMark => "begins with a byte order mark (BOM), which is not part of a token.",
            Self::SeveralLines => "has several lines; a token is one line.",
            Self::Scheme => "begins with `Bearer` or `token`; only the token itself belongs there.",
            Self::Quoted => "is in quotes, which are not part of a token.",
            Self::Characters => "contains a space or another character that no token has.",
        }
    }
}

/// Why GitHub did not return what was requested.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// The credential is invalid (401).
    Unauthorized,
    /// The credential is valid, but access is denied (403), for this cause.
    Forbidden(Forbidden),
    /// Not found (404).
    NotFound,
    /// The request cannot be processed (422).
    Unprocessable,
    /// A rate limit is reached.
    Limited,
    /// The answer to this operation is not one of GitHub's API.
    Malformed(&'static str),
    /// A problem that may be temporary, as a sentence for people.
    Unavailable(String),
}

/// What to check where an answer is not one of GitHub's API.
pub(crate) const CHECK_API_URL: &str =
    "check GITHUB_API_URL in wrangler.toml: https://api.github.com, or https://HOST/api/v3";

/// What happened there, as a sentence.
pub(crate) fn not_of_github(operation: &str) -> String {
    format!(
        "GitHub's answer to {operation} is not what its documentation says: a proxy answered, or GITHUB_API_URL is \
         not the address of GitHub's REST API."
    )
}

impl From<&GithubError> for Refusal {
    fn from(error: &GithubError) -> Self {
        match error {
            GithubError::Refused { limits, .. } if limits.is_exhausted() => Self::Limited,
            GithubError::Refused { forbidden: Some(cause), .. } => Self::Forbidden(*cause),
            GithubError::Refused { status, .. } => match *status {
                StatusCode::UNAUTHORIZED => Self::Unauthorized,
                StatusCode::NOT_FOUND => Self::NotFound,
                StatusCode::UNPROCESSABLE_ENTITY => Self::Unprocessable,
                status => Self::Unavailable(format!("GitHub responded with {status}.")),
            },
            GithubError::UnusableCredential => Self::Unauthorized,
            GithubError::Malformed { operation } => Self::Malformed(operation),
            GithubError::Unreachable(_) => Self::Unavailable(format!("{error}.")),
        }
    }
}

/// What was read about a PAT. `None` was not requested, because something before it failed.
#[derive(Debug)]
pub(super) struct PatFacts {
    /// The state of its secret.
    pub binding: Binding,
    /// Why the secret cannot be a token; then it was not sent to GitHub.
    pub fault: Option<TokenFault>,
    /// Whether it has the form of a fine-grained token, which usually expires.
    pub fine_grained: bool,
    /// The login of its account, in GitHub's spelling.
    pub account: Option<Result<String, Refusal>>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// What it can see.
    pub sees: TokenSees,
    /// What it can see of each owner and repository.
    pub reach: Vec<(Place, Reach)>,
    /// What a read of one public repository of the scopes came to, as the relay reads it; requested
    /// only if nothing else proves that GitHub lets the token read there.
    pub proof: Option<(Place, Reach)>,
    /// Whether its account is a member of the deployment's org; requested only if that explains
    /// something.
    pub member: Option<Result<bool, Unasked>>,
    /// The Worker's clock.
    pub now: Timestamp,
}

/// Why the membership of an account is unknown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Unasked {
    /// The deployment has no org token.
    NoToken,
    /// GitHub refused the request or did not reply.
    Refused(Refusal),
}

/// Why a private key cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyFault {
    /// The secret is a token.
    Token,
    /// The key cannot be read.
    Unreadable(AppKeyError),
    /// The platform cannot sign with it.
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

/// The properties of a minted token.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct MintedFacts {
    /// Permission and access level; `None` if GitHub does not say.
    pub permissions: Option<Permissions>,
    /// Whether only some repositories are selected; `None` if GitHub does not say.
    pub selected: Option<bool>,
}

/// What was read about an installation. `None` was not requested, because something before it
/// failed or it would not help.
#[derive(Debug)]
pub(super) struct AppFacts {
    /// The state of its secret.
    pub binding: Binding,
    /// What is wrong with the deployment's App id, if the identity names none.
    pub app_id: Option<AppIdFault>,
    /// What is wrong with the key.
    pub key: Option<KeyFault>,
    /// Seconds by which the Worker's clock is ahead of GitHub's.
    pub skew: Option<i64>,
    /// The result of minting a token.
    pub minted: Option<Result<MintedFacts, Refusal>>,
    /// Whether GitHub knows the App.
    pub known: Option<Result<AppView, Refusal>>,
    /// The installation, read as the App.
    pub installation: Option<Result<InstallationView, Refusal>>,
    /// The first page of repositories that it covers.
    pub covered: Option<Result<Covered, Refusal>>,
    /// The result of minting a token for all repositories that the scopes name and that page does
    /// not.
    pub narrowed: Option<Result<(), Refusal>>,
    /// What its token can see of the repositories that are not proven otherwise.
    pub reach: Vec<(Place, Reach)>,
}
