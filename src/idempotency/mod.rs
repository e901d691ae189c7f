//! Requests with an `Idempotency-Key`, which can be repeated and take effect once.
//!
//! The answer to a provisioning has a token that is shown once, and D1 must never hold a token in
//! the clear. So the part that only the client may know (the token, created before the batch) is
//! sealed with a key that is derived from the client's `Idempotency-Key` and credential, neither of
//! which is stored. The part that only the database knows (which caller it was, whether the id was
//! new) is stored by the batch itself, as JSON of columns that are in the clear anyway. The same
//! code makes the first answer and repeated ones from the two parts. Tried before: sealing the
//! whole answer after the batch. A crash in between would leave an effect without an answer.
//!
//! Only successes are kept. A failure changed nothing, so the same request can be repeated with the
//! same key, and is decided again.

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
use crate::sql::{KeptAnswer, Sweep};
use sql::{Claim, Record};

/// The largest answer that is kept. The answer to an apply lists every change with the values
/// before and after, so it is about four times as large as the document.
pub(crate) const MAX_KEPT_BYTES: usize = 16 * 1024 * 1024;

/// How long an answer is kept (contract, section 7).
const KEPT: std::time::Duration = std::time::Duration::from_hours(24);
/// A request calls GitHub at most three times, with database calls in between, so after this many
/// of GitHub's timeouts it has ended or never will. If it continues nevertheless, its batch fails
/// because the claim is lost.
const LEASE_TIMEOUTS: u32 = 4;
const NONCE_BYTES: usize = 24;

/// A request with an `Idempotency-Key`.
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

/// How a use case has to be executed.
#[derive(Clone, Debug)]
pub(crate) enum Execution {
    /// There is no key: make the change and keep nothing.
    WithoutKey,
    /// Make the change, and keep the answer in the same batch.
    First(Attempt),
    /// The change was made by an earlier request: answer from what was kept, as JSON.
    Repeated {
        /// The part of the answer that only the database knew.
        outcome: String,
        /// The part that only the client may know.
        secret: String,
    },
}

/// The outcome of a request whose answer does not depend on the database.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct NothingFound {}

/// Why a request with a key is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClaimError {
    /// The key was used with another body.
    #[error("the key was used for another request")]
    Reused,
    /// Another request with the key is in progress.
    #[error("the same request is being made")]
    InProgress,
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Execution {
    /// Whether an earlier request made the change.
    pub(crate) fn is_repeated(&self) -> bool {
        matches!(self, Self::Repeated { .. })
    }

    /// The kept answer of an earlier request: the part of the database, and the part that only the
    /// client may know.
    pub(crate) fn kept<O: DeserializeOwned, S: DeserializeOwned>(
        &self,
    ) -> Result<Option<(O, S)>, DatabaseError> {
        let Self::Repeated { outcome, secret } = self else { return Ok(None) };
        // The message of serde is dropped: it quotes values, and one may be a token.
        let unreadable = |_| DatabaseError::Failed("a kept answer has another form".to_owned());
        let outcome = crate::json::from_slice(outcome.as_bytes()).map_err(unreadable)?;
        let secret = crate::json::from_slice(secret.as_bytes()).map_err(unreadable)?;
        Ok(Some((outcome, secret)))
    }

    /// What the batch has to keep, if anything.
    pub(crate) fn keeping(
        &self,
        app: &App,
        secret: &impl Serialize,
    ) -> Result<Option<KeptAnswer>, EntropyError> {
        let Self::First(attempt) = self else { return Ok(None) };
        let secret = serde_json::to_vec(secret).unwrap_or_default();
        Ok(Some(KeptAnswer {
            record: attempt.record.clone(),
            request: attempt.request.clone(),
            claim: attempt.claim.clone(),
            sealed: seal(app, &attempt.key, &attempt.record, &secret)?,
            expires_at: app.now().plus(KEPT),
        }))
    }
}

/// Takes the claim, or returns what an earlier request kept.
pub(crate) async fn claim(app: &App, attempt: &Attempt) -> Result<Execution, ClaimError> {
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

/// Releases the claim after a failure. A batch can be committed although its response was lost;
/// then this returns what it kept.
pub(crate) async fn release(app: &App, attempt: &Attempt) -> Result<Option<Execution>, ClaimError> {
    let record = sql::release(app.database(), &attempt.record, &attempt.claim).await?;
    record.map(|record| judge(attempt, record)).transpose()
}

/// Keeps the answer of a request that changed nothing, with its outcome as JSON.
pub(crate) async fn keep_reading(
    app: &App,
    keeping: &KeptAnswer,
    outcome: &str,
) -> Result<(), DatabaseError> {
    sql::keep_reading(app.database(), keeping, outcome).await
}

/// Deletes at most `limit` expired records.
pub(crate) fn sweep(app: &App, limit: i64) -> Sweep {
    let now = app.now();
    Sweep { work: vec![sql::sweep(now, limit)], is_left: sql::is_left(now) }
}

fn judge(attempt: &Attempt, record: Record) -> Result<Execution, ClaimError> {
    if record.request_digest != attempt.request {
        return Err(ClaimError::Reused);
    }
    match (record.outcome, record.sealed) {
        (Some(outcome), Some(sealed)) => {
            let secret = open(&attempt.key, &attempt.record, &sealed);
            let secret =
                secret.ok_or_else(|| DatabaseError::Failed("a kept answer cannot be unsealed".to_owned()))?;
            Ok(Execution::Repeated { outcome, secret })
        }
        _ if record.claim == attempt.claim => Ok(Execution::First(attempt.clone())),
        _ => Err(ClaimError::InProgress),
    }
}

fn cipher(key: &BoundKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&key.sealing_key()).into())
}

fn seal(app: &App, key: &BoundKey, record: &str, secret: &[u8]) -> Result<String, EntropyError> {
    let nonce: [u8; NONCE_BYTES] = app.ports.random()?;
    let payload = Payload { msg: secret, aad: record.as_bytes() };
    // Fails only for texts of 256 GB.
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
