//! The credential of an identity at the moment of its use.
//!
//! A PAT is read from its secret. An installation token is minted once and shared: in the clear it is in the memory of isolates only; the
//! coordinator hands it on sealed with a key that is made of the App's private key, so that neither it nor its storage can read it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use futures_util::FutureExt as _;
use octopool_core::{InstallationId, PoolId, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};

use super::error::RelayError;
use crate::app::App;
use crate::config::identity_secret;
use crate::coordinator::{Ask, Finish, FlightId, Lease, Reply, SealedToken};
use crate::github::InstallationToken;
use crate::ports::CoordinatorError;
use crate::provisioning::{CredentialError, mint_narrow_token};
use crate::store::relay::ServingIdentity;

/// Renewed this long before GitHub ends it (contract, section 6).
const RENEWAL: std::time::Duration = std::time::Duration::from_mins(1);
/// How often somebody who waited in vain asks anew.
const ATTEMPTS: usize = 3;
const NONCE_BYTES: usize = 24;

/// What an identity shows GitHub.
pub(super) struct Credential {
    /// The token.
    pub(super) secret: SecretString,
    /// When it ends, if it was minted: one that GitHub refuses before that can be replaced.
    pub(super) expires_at: Option<Timestamp>,
}

/// Finds the credential; not the minted one that ends at `refused`, which GitHub does not take any more.
pub(super) async fn credential(
    app: &App,
    pool: &PoolId,
    identity: &ServingIdentity,
    lease: &Lease,
    refused: Option<Timestamp>,
) -> Result<Credential, RelayError> {
    let secret = identity_secret(app.ports.secrets.as_ref(), &identity.secret_ref)
        .ok_or(CredentialError::SecretMissing)?;
    let Some(installation) = identity.installation_id else {
        return Ok(Credential { secret, expires_at: None });
    };
    let installation = InstallationId::new(installation).map_err(|_| CredentialError::InstallationMissing)?;
    let fingerprint = octopool_core::derive_key("octopool token memory 1", &secret);
    let memory_key = (identity.id.clone(), URL_SAFE_NO_PAD.encode(fingerprint));
    if let Some(token) = app.memory.tokens.find(&memory_key, std::time::Duration::MAX, app.now())
        && token.expires_at > app.now().plus(RENEWAL)
        && Some(token.expires_at) != refused
    {
        return Ok(Credential { secret: token.token.clone(), expires_at: Some(token.expires_at) });
    }
    let leased = lease.token.as_ref().filter(|sealed| Some(sealed.expires_at) != refused);
    let token = match leased.and_then(|sealed| open(sealed, &secret, &identity.id)) {
        Some(token) => token,
        None => shared_token(app, pool, identity, installation, &secret, refused).await?,
    };
    let credential = Credential { secret: token.token.clone(), expires_at: Some(token.expires_at) };
    app.memory.tokens.keep(memory_key, Arc::new(token), app.now());
    Ok(credential)
}

/// Asks the coordinator for the token, and mints it if nobody else does.
async fn shared_token(
    app: &App,
    pool: &PoolId,
    identity: &ServingIdentity,
    installation: InstallationId,
    secret: &SecretString,
    refused: Option<Timestamp>,
) -> Result<InstallationToken, RelayError> {
    for _ in 0..ATTEMPTS {
        let flight_millis = super::fetch::flight_millis(app.config.request_timeout);
        let ask = Ask::Token { key: identity.id.clone(), flight_millis, refused };
        match app.ports.coordinators.ask(pool, ask).await? {
            Reply::Lead { flight, .. } => {
                return mint(app, pool, identity, installation, secret, flight).await;
            }
            Reply::Token(sealed) => match open(&sealed, secret, &identity.id) {
                Some(token) => return Ok(token),
                // It was sealed with a key that has been replaced.
                None => return mint(app, pool, identity, installation, secret, 0).await,
            },
            _ => {}
        }
    }
    Err(CoordinatorError("no token came of waiting".to_owned()).into())
}

async fn mint(
    app: &App,
    pool: &PoolId,
    identity: &ServingIdentity,
    installation: InstallationId,
    secret: &SecretString,
    flight: FlightId,
) -> Result<InstallationToken, RelayError> {
    let minted = mint_narrow_token(app, &identity.secret_ref, installation, &repositories(identity)).await;
    let token = match &minted {
        Ok(token) => Some((identity.id.clone(), seal(app, token, secret, &identity.id)?)),
        Err(_) => None,
    };
    let finish = Finish {
        key: crate::coordinator::token_key(&identity.id),
        flight,
        reports: Vec::new(),
        token,
        shared: None,
    };
    let (worker, pool) = (app.clone(), pool.clone());
    let tell = async move {
        // Should it be lost, those who wait mint for themselves after a while.
        let _ = worker.ports.coordinators.ask(&pool, Ask::Finish(finish)).await;
    };
    app.ports.background.spawn(tell.boxed());
    Ok(minted?)
}

/// The repositories that the identity's scopes name; empty if one of them means all of an owner's.
fn repositories(identity: &ServingIdentity) -> Vec<String> {
    let named: Option<Vec<_>> = identity.scopes.iter().map(|(_, repo)| repo.clone()).collect();
    named.unwrap_or_default()
}

/// A key that exists only where the App's private key does.
fn cipher(secret: &SecretString) -> XChaCha20Poly1305 {
    let key = octopool_core::derive_key("octopool installation token 1", secret);
    XChaCha20Poly1305::new((&key).into())
}

fn seal(
    app: &App,
    token: &InstallationToken,
    secret: &SecretString,
    identity: &str,
) -> Result<SealedToken, RelayError> {
    let nonce: [u8; NONCE_BYTES] = app.ports.random()?;
    let payload = Payload { msg: token.token.expose_secret().as_bytes(), aad: identity.as_bytes() };
    let sealed = cipher(secret).encrypt(XNonce::from_slice(&nonce), payload);
    // It fails for texts of 256 GB only. What does not open is minted anew.
    let bytes = [nonce.as_slice(), &sealed.unwrap_or_default()].concat();
    Ok(SealedToken { sealed: URL_SAFE_NO_PAD.encode(bytes), expires_at: token.expires_at })
}

fn open(sealed: &SealedToken, secret: &SecretString, identity: &str) -> Option<InstallationToken> {
    let bytes = URL_SAFE_NO_PAD.decode(&sealed.sealed).ok()?;
    let (nonce, sealed_bytes) = bytes.split_at_checked(NONCE_BYTES)?;
    let payload = Payload { msg: sealed_bytes, aad: identity.as_bytes() };
    let token = cipher(secret).decrypt(XNonce::from_slice(nonce), payload).ok()?;
    let token = SecretString::from(String::from_utf8(token).ok()?);
    Some(InstallationToken { token, expires_at: sealed.expires_at })
}
