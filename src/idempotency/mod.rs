//! Requests that are sent again and happen once.
//!
//! The answer of a provisioning holds a token that is shown once, and D1 must never hold a token in the clear. So what only the
//! client may know (the token, made before the batch) is kept sealed with a key that is made of the client's own
//! `Idempotency-Key` and credential, neither of which is stored; and what only the database knows (which caller it was, whether the id
//! was new) is kept by the batch itself, as JSON of columns that it holds in the clear anyway. An answer given again is put
//! together from the two by the same code that makes the first one. Tried before: sealing the whole answer after the batch. A crash
//! between the two would leave an effect whose answer nobody can give.
//!
//! Only successes are kept. Whatever fails has changed nothing, so the same request may be made again under the same key, and is
//! decided anew.

pub(crate) mod http;
pub(crate) mod sql;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use octopool_core::BoundKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::ports::{DatabaseError, EntropyError};
use sql::{Claim, Keeping, Record};

/// The largest answer that is kept to be given again. The answer of an apply lists every change with the
/// values before and after, so it takes about four times the room of the document.
pub(crate) const MAX_KEPT_BYTES: usize = 16 * 1024 * 1024;

/// How long an answer is kept (contract, section 7).
const KEPT: std::time::Duration = std::time::Duration::from_hours(24);
/// A request asks GitHub at most three times, and the database in between: within this many of GitHub's timeouts it has come to an
/// end or will never. Should it go on all the same, its batch finds the claim lost.
const LEASE_TIMEOUTS: u32 = 4;
const NONCE_BYTES: usize = 24;

/// A request that its client may send again.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    key: BoundKey,
    record: String,
    request: String,
    claim: String,
}

impl Attempt {
    /// A request with this id and body.
    pub(crate) fn new(key: BoundKey, body: &str, request_id: &str) -> Self {
        Self { record: key.record(), request: key.request(body), claim: request_id.to_owned(), key }
    }
}

/// What a use case is told about how often it may happen.
#[derive(Clone, Debug)]
pub(crate) enum Once {
    /// There is no key: it happens whenever it is asked for.
    Unkeyed,
    /// It is to happen now, and to be kept.
    Now(Attempt),
    /// It has happened; what was kept of it, as JSON.
    Done {
        /// What the database found.
        outcome: String,
        /// What only the client may know.
        secret: String,
    },
}

/// The outcome of what found nothing in the database that the answer depends on.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct NothingFound {}

/// Why a request with a key does not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClaimError {
    /// The key was used with another body.
    #[error("the key was used for another request")]
    Reused,
    /// Another request with the key is at it.
    #[error("the same request is being made")]
    InProgress,
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Once {
    /// Whether it has happened before.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }

    /// What was kept, if it has happened before: what the database found, and what only the client may know.
    pub(crate) fn kept<O: DeserializeOwned, S: DeserializeOwned>(
        &self,
    ) -> Result<Option<(O, S)>, DatabaseError> {
        let Self::Done { outcome, secret } = self else { return Ok(None) };
        // What serde says is dropped: it quotes values, and one may be a token.
        let unreadable = |_| DatabaseError::Failed("a kept answer of another form".to_owned());
        let outcome = crate::json::from_slice(outcome.as_bytes()).map_err(unreadable)?;
        let secret = crate::json::from_slice(secret.as_bytes()).map_err(unreadable)?;
        Ok(Some((outcome, secret)))
    }

    /// What the batch has to keep, if anything.
    pub(crate) fn keeping(
        &self,
        app: &App,
        secret: &impl Serialize,
    ) -> Result<Option<Keeping>, EntropyError> {
        let Self::Now(attempt) = self else { return Ok(None) };
        let secret = serde_json::to_vec(secret).unwrap_or_default();
        Ok(Some(Keeping {
            record: attempt.record.clone(),
            request: attempt.request.clone(),
            claim: attempt.claim.clone(),
            sealed: seal(app, &attempt.key, &attempt.record, &secret)?,
            expires_at: app.now().plus(KEPT),
        }))
    }
}

/// Takes the claim, or finds what was kept.
pub(crate) async fn claim(app: &App, attempt: &Attempt) -> Result<Once, ClaimError> {
    let now = app.now();
    let claim = Claim {
        record: &attempt.record,
        request: &attempt.request,
        request_id: &attempt.claim,
        now,
        lease_until: now.plus(app.config.request_timeout * LEASE_TIMEOUTS),
        expires_at: now.plus(KEPT),
    };
    let record = sql::claim(app.database(), claim).await?;
    let record = record.ok_or_else(|| DatabaseError::Failed("a claim is missing".to_owned()))?;
    judge(attempt, record)
}

/// Gives the claim back after a failure. A batch may count although its answer was lost on the way: then what it kept is found
/// here.
pub(crate) async fn release(app: &App, attempt: &Attempt) -> Result<Option<Once>, ClaimError> {
    let record = sql::release(app.database(), &attempt.record, &attempt.claim).await?;
    record.map(|record| judge(attempt, record)).transpose()
}

/// Keeps the answer of something that changed nothing, with what it found in the database as JSON.
pub(crate) async fn keep_reading(app: &App, keeping: &Keeping, outcome: &str) -> Result<(), DatabaseError> {
    sql::keep_reading(app.database(), keeping, outcome).await
}

fn judge(attempt: &Attempt, record: Record) -> Result<Once, ClaimError> {
    if record.request_digest != attempt.request {
        return Err(ClaimError::Reused);
    }
    match (record.outcome, record.sealed) {
        (Some(outcome), Some(sealed)) => {
            let secret = open(&attempt.key, &attempt.record, &sealed);
            let secret =
                secret.ok_or_else(|| DatabaseError::Failed("a kept answer does not open".to_owned()))?;
            Ok(Once::Done { outcome, secret })
        }
        _ if record.claim == attempt.claim => Ok(Once::Now(attempt.clone())),
        _ => Err(ClaimError::InProgress),
    }
}

fn cipher(key: &BoundKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&key.sealing_key()).into())
}

fn seal(app: &App, key: &BoundKey, record: &str, secret: &[u8]) -> Result<String, EntropyError> {
    let nonce: [u8; NONCE_BYTES] = app.ports.random()?;
    let payload = Payload { msg: secret, aad: record.as_bytes() };
    // It fails for texts of 256 GB only.
    let sealed = cipher(key).encrypt(XNonce::from_slice(&nonce), payload).unwrap_or_default();
    Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

fn open(key: &BoundKey, record: &str, sealed: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
    let payload = Payload { msg: sealed, aad: record.as_bytes() };
    let secret = cipher(key).decrypt(XNonce::from_slice(nonce), payload).ok()?;
    String::from_utf8(secret).ok()
}
