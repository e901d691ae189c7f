//! The credential of an identity at the moment of its use.
//!
//! A PAT is read from its secret. An App spends an installation token that is confined to the
//! repository that is read, so that GitHub itself hides everything else that the installation sees.
//! It is minted once and shared: in the clear it is in the memory of isolates only; the coordinator
//! hands it on sealed with a key that is made of the App's private key, so that neither it nor its
//! storage can read it. A token belongs to its key, [`Spender::token_key`]; a changed identity has
//! another one.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use futures_util::FutureExt as _;
use octopool_core::relay::{
    Cooldown, CooldownOf, FallbackReason, Feedback, Refusal, Repository, Resource, Verdict,
};
use octopool_core::{InstallationId, PoolId, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};

use super::error::{self, RelayError};
use super::feedback::judged;
use super::flight::{MOST_WAITS, flight_millis};
use super::guard;
use super::memory::Memory;
use super::sql::ServingIdentity;
use crate::app::App;
use crate::config::identity_secret;
use crate::github::InstallationToken;
use crate::identities::{
    Confined, CredentialError, Installed, NotConfined, app_id, find_public_repositories, mint_confined_token,
};
use crate::ports::CoordinatorError;
use crate::ports::coordinator::{
    CoordinatorReply, CoordinatorRequest, Finish, FlightId, Lease, Report, SealedToken,
};

/// Renewed this long before GitHub ends it (contract, section 6).
const RENEWAL: Duration = Duration::from_mins(1);
/// For how long an installation is not asked again for a repository that it does not cover.
const NOT_COVERED: Duration = Duration::from_mins(2);
/// How many repositories of each source are tried for a route that is about none.
const ANCHORS: usize = 3;
const NONCE_BYTES: usize = 24;

/// What an identity shows GitHub.
pub(super) struct Credential {
    /// The token.
    pub(super) secret: SecretString,
    /// When it ends, if it was minted: one that GitHub refuses before that can be replaced.
    pub(super) expires_at: Option<Timestamp>,
    /// When GitHub said that the repository is public, if it said so with the token.
    pub(super) public_at: Option<Timestamp>,
    /// Whether it was minted just now, so that what GitHub said with it is an answer to this
    /// question.
    pub(super) is_new: bool,
}

/// Why there is no credential.
pub(super) enum NoCredential {
    /// The identity cannot be used for now; another one may serve.
    Identity(RelayError, Feedback),
    /// The installation does not cover the repository; the identity goes on serving others.
    NotCovered(Report),
    /// GitHub says that the repository is private.
    Private,
    /// What all identities need does not work.
    Failed(RelayError),
}

impl<E: Into<RelayError>> From<E> for NoCredential {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// An identity that is about to be used for a repository, or for a route that is about none.
pub(super) struct Spender<'a> {
    pub(super) app: &'a App,
    pub(super) pool: &'a PoolId,
    pub(super) identity: &'a ServingIdentity,
    pub(super) repository: Option<&'a Repository>,
    /// The identity's budget at the coordinator.
    pub(super) budget: String,
    /// Whose check the mint is, where nothing is known of the repository.
    pub(super) unproven_for: Option<&'a str>,
}

/// What a mint is made of.
struct Mint<'a> {
    secret: &'a SecretString,
    installation: InstallationId,
    /// The token's key.
    key: &'a str,
}

impl Spender<'_> {
    /// What an installation token belongs to, as one text: pool, identity, App, installation, the
    /// App's secret and the repository (`*` for a route that is about none). `None` for a PAT, and
    /// for an App without a secret.
    pub(super) fn token_key(&self) -> Option<String> {
        let installation = self.identity.installation()?.get();
        let secret =
            identity_secret(self.app.ports.secrets.as_ref(), self.identity.spec.secret_ref.as_str())?;
        let app_id = app_id(self.app, self.identity.spec.credential.app());
        let app_id = app_id.map_or_else(|_| String::new(), |app_id| app_id.to_string());
        let repository = self.repository.map_or_else(|| "*".to_owned(), Repository::key);
        let (pool, identity) = (self.pool.as_str(), self.identity.id.as_str());
        // None of the parts has a line end, so no two lists of parts are the same text.
        let parts = format!(
            "octopool installation token of 1\n{pool}\n{identity}\n{app_id}\n{installation}\n{repository}"
        );
        Some(URL_SAFE_NO_PAD.encode(octopool_core::derive_key(&parts, &secret)))
    }

    /// Finds the credential; not the minted one that ends at `refused`, which GitHub does not take
    /// any more.
    pub(super) async fn credential(
        &self,
        lease: &Lease,
        refused: Option<Timestamp>,
    ) -> Result<Credential, NoCredential> {
        let secret = identity_secret(self.app.ports.secrets.as_ref(), self.identity.spec.secret_ref.as_str());
        let Some(secret) = secret else { return Err(self.broken(CredentialError::SecretMissing)) };
        let Some(installation) = self.identity.installation() else {
            return Ok(Credential { secret, expires_at: None, public_at: None, is_new: false });
        };
        let Some(key) = self.token_key() else {
            return Err(self.broken(CredentialError::InstallationMissing));
        };
        let is_good = |token: &InstallationToken| {
            token.expires_at > self.app.now().plus(RENEWAL) && Some(token.expires_at) != refused
        };
        let mint = Mint { secret: &secret, installation, key: &key };
        // The flight of a mint that this lease brought has to be ended, and nobody minted before
        // it.
        let own_flight = lease.mint.filter(|_| refused.is_none());
        let known =
            Memory::of(self.app).tokens.find(&key).filter(|token| own_flight.is_none() && is_good(token));
        if let Some(token) = known {
            return Ok(shown(&token, false));
        }
        let leased = lease.token.as_ref().and_then(|sealed| open(sealed, &mint)).filter(|it| is_good(it));
        let (token, is_new) = match (leased, own_flight) {
            (Some(token), _) => (token, false),
            (None, Some(flight)) => (self.mint(&mint, flight).await?, true),
            (None, None) => self.shared_token(&mint, refused).await?,
        };
        let token = Arc::new(token);
        Memory::of(self.app).tokens.keep(key, Arc::clone(&token));
        Ok(shown(&token, is_new))
    }

    /// Asks the coordinator for the token, and mints it if nobody else does.
    async fn shared_token(
        &self,
        mint: &Mint<'_>,
        refused: Option<Timestamp>,
    ) -> Result<(InstallationToken, bool), NoCredential> {
        for _ in 0..MOST_WAITS {
            let flight_millis = flight_millis(self.app);
            let (key, budget) = (mint.key.to_owned(), self.budget.clone());
            let ask = CoordinatorRequest::Token { key, budget, flight_millis, refused };
            match self.app.ports.coordinators.ask(self.pool, ask).await? {
                CoordinatorReply::Lead { flight, .. } => return Ok((self.mint(mint, flight).await?, true)),
                CoordinatorReply::Token(sealed) => match open(&sealed, mint) {
                    Some(token) => return Ok((token, false)),
                    // The key is made of everything that it is sealed with, so this is damage.
                    None => return Ok((self.mint(mint, 0).await?, true)),
                },
                // The mint that was waited for failed, or there are too many of them just now. Its
                // own report says for how long; this one is about nothing.
                CoordinatorReply::Nobody(why) => {
                    return Err(NoCredential::Identity(error::not_chosen(why), Feedback::default()));
                }
                CoordinatorReply::Shared(_)
                | CoordinatorReply::Again
                | CoordinatorReply::Health(_)
                | CoordinatorReply::TooManyChecks
                | CoordinatorReply::Noted => {}
            }
        }
        Err(CoordinatorError("no token came of waiting".to_owned()).into())
    }

    /// Mints, tells the coordinator, and remembers what GitHub said of the repository.
    async fn mint(&self, mint: &Mint<'_>, flight: FlightId) -> Result<InstallationToken, NoCredential> {
        let spec = &self.identity.spec;
        let installed = Installed {
            secret_ref: spec.secret_ref.as_str(),
            app: spec.credential.app(),
            id: mint.installation,
        };
        let minted = match self.repository {
            Some(repository) => mint_confined_token(self.app, installed, repository).await,
            None => self.mint_for_no_repository(installed).await,
        };
        let now = self.app.now();
        let rest = || {
            let cooldown = Cooldown { of: CooldownOf::Identity, until: now.plus(NOT_COVERED) };
            let feedback = Feedback { cooldown: Some(cooldown), ..Feedback::default() };
            Report { budget: crate::coordinator::token_key(mint.key), sent: false, feedback }
        };
        let mut finish = Finish::nothing(crate::coordinator::token_key(mint.key), flight);
        let result = match minted {
            Ok(Confined::Token(token)) => {
                finish.token = Some((mint.key.to_owned(), seal(self.app, &token, mint)?));
                let public = token.public_at.and(self.unproven_for);
                finish.refund = public.map(ToOwned::to_owned);
                Ok(token)
            }
            Ok(Confined::Private) => {
                finish.reports.push(rest());
                Err(NoCredential::Private)
            }
            Ok(Confined::NotCovered) => {
                finish.reports.push(rest());
                Err(NoCredential::NotCovered(rest()))
            }
            Err(failure) => {
                let (error, feedback) = judge_failure(failure, now);
                let (budget, learned) = (self.budget.clone(), feedback.clone());
                finish.reports.push(Report { budget, sent: false, feedback: learned });
                Err(NoCredential::Identity(error, feedback))
            }
        };
        let (worker, pool) = (self.app.clone(), self.pool.clone());
        let tell = async move {
            // Should it be lost, those who wait mint for themselves after a while.
            let _ = worker.ports.coordinators.ask(&pool, CoordinatorRequest::Finish(finish)).await;
        };
        self.app.ports.background.spawn(tell.boxed());
        result
    }

    /// A route that is about no repository (users, search, gists) is read with a token that is
    /// confined to one public repository, so that it shows what is public and nothing else. Any
    /// public repository of the installation does. First those that are named: by the scopes, or by
    /// proofs that this isolate remembers, which cost one mint each. Otherwise GitHub lists what
    /// the installation covers, with a token that may read names only (`metadata`) and is dropped
    /// at once; that costs a mint and a read more, once an hour, because the confined token is then
    /// shared. Without a public repository the identity does not serve such routes.
    async fn mint_for_no_repository(&self, installed: Installed<'_>) -> Result<Confined, NotConfined> {
        let named = self.named_repositories();
        if let Some(token) = self.mint_for_first_public(installed, named).await? {
            return Ok(Confined::Token(token));
        }
        let listed = find_public_repositories(self.app, installed).await?;
        let token = self.mint_for_first_public(installed, listed).await?;
        Ok(token.map_or(Confined::NotCovered, Confined::Token))
    }

    async fn mint_for_first_public(
        &self,
        installed: Installed<'_>,
        repositories: Vec<Repository>,
    ) -> Result<Option<InstallationToken>, NotConfined> {
        for repository in repositories.into_iter().take(ANCHORS) {
            let asked_at = self.app.now();
            match mint_confined_token(self.app, installed, &repository).await? {
                // Where GitHub does not say that it is public, it may not be.
                Confined::Token(token) if token.public_at.is_some() => {
                    guard::allow(self.app, &repository, asked_at);
                    return Ok(Some(token));
                }
                Confined::Private => {
                    guard::deny(self.app, &repository, asked_at);
                }
                Confined::Token(_) | Confined::NotCovered => {}
            }
        }
        Ok(None)
    }

    /// Repositories that the identity's scopes name and that are not known to be private, and
    /// public ones of the scopes' owners.
    fn named_repositories(&self) -> Vec<Repository> {
        let scopes = self.identity.spec.scopes.as_slice();
        let named = scopes.iter().filter_map(|scope| {
            let owner = scope.owner.as_str().to_owned();
            Some(Repository { owner, name: scope.repo.as_ref()?.to_string() })
        });
        let is_open = |repository: &Repository| {
            guard::remembered(self.app, repository).is_none_or(|proof| proof.public == 1)
        };
        let is_owned = |key: &str| {
            let owner = key.split_once('/').map_or("", |(owner, _)| owner);
            scopes
                .iter()
                .any(|scope| scope.repo.is_none() && scope.owner.as_str().eq_ignore_ascii_case(owner))
        };
        let public = Memory::of(self.app).proofs.keys(ANCHORS, |key, proof| {
            proof.public == 1 && guard::is_current(self.app, proof) && is_owned(key)
        });
        let public = public.iter().filter_map(|key| Repository::parse(key));
        public.chain(named.filter(is_open)).collect()
    }

    fn broken(&self, error: CredentialError) -> NoCredential {
        NoCredential::Identity(error.into(), Feedback::no_credential(self.app.now()))
    }
}

fn shown(token: &InstallationToken, is_new: bool) -> Credential {
    Credential {
        secret: token.token.clone(),
        expires_at: Some(token.expires_at),
        public_at: token.public_at,
        is_new,
    }
}

/// What a mint that failed says of the identity. Its limits are those of the App as itself, so what
/// is left of them says nothing of the installation's own budget.
fn judge_failure(failure: NotConfined, now: Timestamp) -> (RelayError, Feedback) {
    let judged = failure.response.as_ref().map(|response| judged(response, &Resource::core(), None, now));
    let mut feedback = Feedback::no_credential(now);
    let Some(judged) = judged else { return (failure.error.into(), feedback) };
    let (judged, verdict) = judged;
    let refusal = match verdict {
        Verdict::Refused(refusal @ (Refusal::RateLimited | Refusal::Depleted)) => Some(refusal),
        Verdict::Refused(Refusal::Unauthorized | Refusal::Forbidden)
        | Verdict::Doubtful
        | Verdict::Answer => None,
    };
    let reset = judged.rate.filter(|_| judged.cooldown.is_none() && refusal.is_some());
    let reset = reset.map(|(_, rate)| rate.reset_at());
    if let Some(until) = judged.cooldown.map(|cooldown| cooldown.until).or(reset) {
        feedback.cooldown = Some(Cooldown { of: CooldownOf::Identity, until });
    }
    match refusal {
        Some(refusal) => (RelayError::Fallback(error::refused(refusal)), feedback),
        None => (failure.error.into(), feedback),
    }
}

/// The reason where an installation does not cover the repository; another identity may serve it.
pub(super) fn not_covered() -> RelayError {
    RelayError::Fallback(FallbackReason::NoIdentity)
}

/// A key that exists only where the App's private key does.
fn cipher(secret: &SecretString) -> XChaCha20Poly1305 {
    let key = octopool_core::derive_key("octopool installation token 2", secret);
    XChaCha20Poly1305::new((&key).into())
}

/// Seals a token and what GitHub said with it, for its key and no other.
fn seal(app: &App, token: &InstallationToken, mint: &Mint<'_>) -> Result<SealedToken, RelayError> {
    let nonce: [u8; NONCE_BYTES] = app.ports.random()?;
    let public_at = token.public_at.map_or(0, Timestamp::as_millis);
    let text = SecretString::from(format!("{public_at} {}", token.token.expose_secret()));
    let payload = Payload { msg: text.expose_secret().as_bytes(), aad: mint.key.as_bytes() };
    let sealed = cipher(mint.secret).encrypt(XNonce::from_slice(&nonce), payload);
    // It fails for texts of 256 GB only. What does not open is minted anew.
    let bytes = [nonce.as_slice(), &sealed.unwrap_or_default()].concat();
    Ok(SealedToken { sealed: URL_SAFE_NO_PAD.encode(bytes), expires_at: token.expires_at })
}

fn open(sealed: &SealedToken, mint: &Mint<'_>) -> Option<InstallationToken> {
    let bytes = URL_SAFE_NO_PAD.decode(&sealed.sealed).ok()?;
    let (nonce, sealed_bytes) = bytes.split_at_checked(NONCE_BYTES)?;
    let payload = Payload { msg: sealed_bytes, aad: mint.key.as_bytes() };
    let text = cipher(mint.secret).decrypt(XNonce::from_slice(nonce), payload).ok()?;
    let text = SecretString::from(String::from_utf8(text).ok()?);
    let (public_at, token) = text.expose_secret().split_once(' ')?;
    let public_at = public_at.parse().ok().filter(|millis| *millis > 0).map(Timestamp::from_millis);
    Some(InstallationToken { token: SecretString::from(token), expires_at: sealed.expires_at, public_at })
}
