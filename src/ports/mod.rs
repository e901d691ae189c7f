//! The world, as small traits. `platform` implements them on workerd, `octopool-testkit` natively.
//!
//! Futures are boxed and `Send`: axum asks for `Send`, JavaScript's promises are not, and the one
//! place that bridges the two is the adapter in `platform`.

pub mod app_key;
pub mod coordinator;
pub mod costs;
mod statement;

pub use app_key::Pkcs8Key;
pub use statement::{Param, Row, Statement};

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use octopool_core::relay::CacheKey;
use octopool_core::{PoolId, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use coordinator::{CoordinatorReply, CoordinatorRequest, Shared};

/// How many statements one invocation of the Worker may send to D1, work after the answer included:
/// the "queries per Worker invocation" of the free plan
/// (<https://developers.cloudflare.com/d1/platform/limits/>; the paid plan has 1,000). The page
/// says that limits apply to each statement of a batch, so each one is counted, not each call.
pub const STATEMENTS_PER_INVOCATION: usize = 50;

/// D1.
pub trait Database: Send + Sync {
    /// Runs the statements in order as one transaction: all of them count or none. Answers the rows
    /// of each statement.
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, DatabaseError>>;

    /// How many more statements this invocation may send, of [`STATEMENTS_PER_INVOCATION`]. Work
    /// that can stop and go on later asks before each step.
    fn statements_left(&self) -> usize;
}

/// Why a batch did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// D1 has too much to do or lost the connection; the same batch may pass in a moment.
    #[error("D1 is overloaded: {0}")]
    Overloaded(String),
    /// A table or a column is missing: migrations are not applied.
    #[error("D1 lacks migrations: {0}")]
    Unmigrated(String),
    /// Anything else: a constraint, a bug.
    #[error("D1: {0}")]
    Failed(String),
}

/// Phrases in D1's messages, in lower case, that mean that the same batch may succeed soon
/// (<https://developers.cloudflare.com/d1/observability/debug-d1/#error-list>).
const OVERLOAD: [&str; 9] = [
    "overloaded",
    "too many requests queued",
    "network connection lost",
    "cannot resolve d1 db due to transient issue",
    "storage caused object to be reset",
    "reset because its code was updated",
    "and was reset",
    "exceeded timeout",
    "database is locked",
];

/// Phrases of SQLite about a schema that is not the one of this build. Every statement is tested
/// against the complete schema, so that nothing but a missing migration brings them about.
const UNMIGRATED: [&str; 3] = ["no such table", "no such column", "has no column named"];

impl DatabaseError {
    /// The error that D1, or SQLite in its place, describes so.
    pub fn from_message(message: String) -> Self {
        let lower = message.to_lowercase();
        let is_said = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
        if is_said(&OVERLOAD) {
            Self::Overloaded(message)
        } else if is_said(&UNMIGRATED) {
            Self::Unmigrated(message)
        } else {
            Self::Failed(message)
        }
    }
}

/// Requests to other hosts.
pub trait Http: Send + Sync {
    /// Sends one request and reads the whole answer. A redirect is an answer; it is not followed.
    fn send(
        &self,
        request: http::Request<Bytes>,
        limits: HttpLimits,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, HttpError>>;
}

/// How much of an exchange is waited for.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// From the first byte sent to the last byte read.
    pub timeout: Duration,
    /// The largest body that is read.
    pub max_body_bytes: usize,
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HttpError {
    /// The time was up.
    #[error("no complete answer in time")]
    Timeout,
    /// The body is larger than allowed.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection failed or broke.
    #[error("the connection failed")]
    Transport,
}

/// Signatures that WebCrypto makes.
pub trait Signer: Send + Sync {
    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256 (JWT's RS256).
    fn rs256<'a>(
        &'a self,
        key: &'a Pkcs8Key,
        message: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, SignerError>>;
}

/// The key is no RSA key that can sign.
#[derive(Debug, thiserror::Error)]
#[error("the key is not a usable RSA private key")]
pub struct SignerError;

/// What the deployment has under a name.
#[derive(Clone, Debug)]
pub enum Bound {
    /// Nothing.
    Missing,
    /// Text, possibly blank: a variable or a secret. A number or a boolean of `[vars]` is its text.
    Text(SecretString),
    /// Something that is no text: an array, an object, a binding of another kind, such as one of
    /// the Secrets Store.
    Other,
}

impl Bound {
    /// The text without surrounding white space; `None` if there is no text or it is blank.
    pub fn text(&self) -> Option<SecretString> {
        let Self::Text(text) = self else { return None };
        let text = text.expose_secret().trim();
        (!text.is_empty()).then(|| SecretString::from(text))
    }
}

/// The Worker's secrets.
pub trait Secrets: Send + Sync {
    /// What the deployment has under this name.
    fn bound(&self, name: &str) -> Bound;

    /// The secret of this name, if the deployment has one that is not blank.
    fn find(&self, name: &str) -> Option<SecretString> {
        self.bound(name).text()
    }
}

/// The time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Waiting.
pub trait Timer: Send + Sync {
    /// Ends after this long.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// A cryptographic generator.
pub trait Entropy: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The platform gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness: {0}")]
pub struct EntropyError(pub String);

/// The generator of the platform, the same crate on workerd and natively.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|error| EntropyError(error.to_string()))
    }
}

/// The log that operators read.
pub trait Log: Send + Sync {
    /// Writes one event as one line of JSON.
    fn error(&self, event: &Value);
}

/// Work after the answer.
pub trait Background: Send + Sync {
    /// Lets the task run to its end without anybody waiting for it. On workerd it has 30 seconds
    /// after the answer.
    fn spawn(&self, task: BoxFuture<'static, ()>);

    /// The same, some time after the answer.
    fn spawn_after(&self, delay: Duration, task: BoxFuture<'static, ()>);
}

/// Cloudflare's Cache API: near, shared by the isolates of one data center, and forgetful. It never
/// fails: what it does not have or cannot read is a miss, what it cannot store is not there.
pub trait EdgeCache: Send + Sync {
    /// The entry under this key.
    fn find(&self, key: &CacheKey) -> BoxFuture<'_, Option<Shared>>;

    /// Stores an entry for this long.
    fn store(&self, key: &CacheKey, entry: Shared, lifetime: Duration) -> BoxFuture<'_, ()>;
}

/// The coordinators, one per pool.
pub trait Coordinators: Send + Sync {
    /// Says something to a pool's coordinator.
    fn ask<'a>(
        &'a self,
        pool: &'a PoolId,
        ask: CoordinatorRequest,
    ) -> BoxFuture<'a, Result<CoordinatorReply, CoordinatorError>>;
}

/// The coordinator did not answer: it has too much to do, or was reset.
#[derive(Debug, thiserror::Error)]
#[error("the coordinator did not answer: {0}")]
pub struct CoordinatorError(pub String);

/// The world, piece by piece.
pub struct Ports {
    /// D1.
    pub database: Box<dyn Database>,
    /// `fetch`.
    pub http: Box<dyn Http>,
    /// WebCrypto.
    pub signer: Box<dyn Signer>,
    /// The Worker's secrets.
    pub secrets: Box<dyn Secrets>,
    /// The time.
    pub clock: Box<dyn Clock>,
    /// Waiting.
    pub timer: Box<dyn Timer>,
    /// Randomness.
    pub entropy: Box<dyn Entropy>,
    /// The log.
    pub log: Box<dyn Log>,
    /// Work after the answer.
    pub background: Box<dyn Background>,
    /// The Cache API.
    pub edge_cache: Box<dyn EdgeCache>,
    /// The Durable Objects.
    pub coordinators: Box<dyn Coordinators>,
}

impl Ports {
    /// A new random UUID.
    pub fn new_id(&self) -> Result<String, EntropyError> {
        Ok(uuid::Builder::from_random_bytes(self.random()?).into_uuid().to_string())
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }
}
