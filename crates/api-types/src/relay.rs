//! Reads of GitHub through the pool.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use octopool_core::IdentityKind;

/// `POST /v1/github/request`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RelayRequest {
    /// The pool to read through.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// Must be `GET`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RelayedMethod"))]
    pub method: String,
    /// A path below GitHub's REST base, starting with `/`, without a query.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RelayedPath"))]
    pub path: String,
    /// The query parameters: text, numbers, booleans, or arrays of them for a repeated key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, crate::schema::RelayedValue>"))]
    pub query: BTreeMap<String, Value>,
    /// Only `accept`, `x-github-api-version`, `if-none-match`, `if-modified-since` and
    /// `cache-control: max-age=N` are used; others are ignored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What the client knows about the request; the path decides the route. Only `pr_head_sha` is
    /// used (40 or 64 hexadecimal digits): the answer to a read of a pull request is shared among
    /// clients that send the same head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_hint: Option<Value>,
}

/// GitHub's answer, whatever its status.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RelayResponse {
    /// GitHub's status.
    pub status: u16,
    /// GitHub's headers that are passed on.
    pub headers: BTreeMap<String, String>,
    /// The body, encoded as `body_encoding` says; `null` with `text` if it is empty.
    pub body: Value,
    /// The encoding of the body.
    pub body_encoding: BodyEncoding,
    /// The identity that sent the request to GitHub; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<RelayIdentity>,
    /// How the request was served.
    pub relay: Relay,
}

/// The encoding of a body in an envelope.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BodyEncoding {
    /// JSON, as it is.
    Json,
    /// A string.
    Text,
    /// Base64 of the bytes.
    Base64,
}

/// The identity that sent a request to GitHub.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RelayIdentity {
    /// Its id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// The kind of its credential.
    pub kind: IdentityKind,
}

/// How a request was served.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Relay {
    /// The pool.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The id of the request, as in `x-request-id`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RequestId"))]
    pub request_id: String,
    /// Whether the answer may be shared.
    pub cacheable: bool,
    /// Whether the answer came from the cache or from GitHub.
    pub cache: CacheOutcome,
    /// Whether the answer is past its fresh time, served because no identity could ask GitHub.
    pub stale_ok: bool,
    /// The route kind that the path was recognized as.
    pub route_kind: String,
    /// Why a stale answer was served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_reason: Option<StaleReason>,
    /// Whether this request waited for the answer to another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coalesced: Option<bool>,
    /// Until when the answer is fresh (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub cache_expires_at: Option<String>,
    /// Why this identity was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_reason: Option<LeaseReason>,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CacheOutcome {
    /// Fresh, from the cache.
    Hit,
    /// Stale, from the cache.
    Stale,
    /// From GitHub; the answer is shared.
    Miss,
    /// From GitHub; the answer is not shared.
    Bypass,
}

impl CacheOutcome {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

/// Why an identity was chosen.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeaseReason {
    /// It recently served the same route.
    Sticky,
    /// It has the most requests left.
    HighestRemaining,
}

/// Why a stale answer was served.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaleReason {
    /// Every identity that could serve is in a cooldown.
    IdentitiesCoolingDown,
    /// The identities that could serve have used up their budget.
    GithubIdentityDepleted,
    /// GitHub rate-limits the identities that could serve.
    GithubRateLimited,
    /// GitHub does not accept the credentials of the identities that could serve.
    GithubIdentityUnauthorized,
    /// GitHub answered with a 5xx, or did not answer.
    GithubUnavailable,
}

impl StaleReason {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IdentitiesCoolingDown => "identities_cooling_down",
            Self::GithubIdentityDepleted => "github_identity_depleted",
            Self::GithubRateLimited => "github_rate_limited",
            Self::GithubIdentityUnauthorized => "github_identity_unauthorized",
            Self::GithubUnavailable => "github_unavailable",
        }
    }
}

/// Declares [`FallbackReason`], one row per reason: variant, status in the REST form,
/// `details.reason`, message in the REST form.
///
/// Clients of GitHub's API retry 424 and 5xx, so a permanent refusal is a 403 or a 404. No message
/// may look like one of GitHub's rate limits, because clients would wait for an hour.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident, $status:ident, $reason:literal, $message:literal;)+) => {
        /// Why the pool does not serve a request that the caller's own credentials may be able to
        /// (`details.reason` of `fallback_local`).
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum FallbackReason {
            $($(#[$doc])* #[serde(rename = $reason)] $variant,)+
        }

        impl FallbackReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The reason as it is in `details.reason`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $reason,)+
                }
            }

            /// The status in the REST form. In an envelope the status is that of `fallback_local`.
            pub const fn rest_status(self) -> StatusCode {
                match self {
                    $(Self::$variant => StatusCode::$status,)+
                }
            }

            /// The message in the REST form: what happened, and what to do.
            pub const fn rest_message(self) -> &'static str {
                match self {
                    $(Self::$variant => $message,)+
                }
            }
        }
    };
}

reasons! {
    /// The relay does not serve this path.
    RouteDenied, FORBIDDEN, "route_denied",
        "octopool does not serve this path. Use your own GitHub credentials.";
    /// The pool's policy does not allow the owner.
    OwnerDenied, FORBIDDEN, "owner_denied",
        "The policy of this pool does not allow this owner.";
    /// The pool's policy does not allow search.
    SearchDenied, FORBIDDEN, "search_denied",
        "The policy of this pool does not allow searches.";
    /// The pool's policy does not allow job logs.
    LogsDenied, FORBIDDEN, "logs_denied",
        "The policy of this pool does not allow logs and artifacts.";
    /// The repository is not public.
    RepoNotPublic, NOT_FOUND, "repo_not_public",
        "The repository does not exist or is not public. Only public repositories are served.";
    /// It could not be determined whether the repository is public.
    RepoPublicCheckFailed, SERVICE_UNAVAILABLE, "repo_public_check_failed",
        "octopool could not determine whether the repository is public. Try again after the \
         number of seconds in Retry-After.";
    /// No identity of the pool has a scope for it.
    NoIdentity, FORBIDDEN, "no_identity",
        "No identity of this pool may serve this request.";
    /// Every identity that could serve is in a cooldown.
    IdentitiesCoolingDown, TOO_MANY_REQUESTS, "identities_cooling_down",
        "All identities that could serve this are cooling down. Try again after the number of \
         seconds in Retry-After.";
    /// GitHub does not accept the credentials of the identities that could serve.
    GithubIdentityUnauthorized, TOO_MANY_REQUESTS, "github_identity_unauthorized",
        "GitHub does not accept the credentials of the identities that could serve this. An \
         admin can find the cause with `octopool admin identities verify`.";
    /// GitHub rate-limits the identities that could serve.
    GithubRateLimited, TOO_MANY_REQUESTS, "github_rate_limited",
        "All identities that could serve this are cooling down. Try again after the number of \
         seconds in Retry-After.";
    /// The identities that could serve have used up their budget.
    GithubIdentityDepleted, TOO_MANY_REQUESTS, "github_identity_depleted",
        "All identities that could serve this have used up their budgets. Try again after the \
         number of seconds in Retry-After.";
    /// GitHub forbids the request to the identities that could serve.
    GithubIdentityForbidden, FORBIDDEN, "github_identity_forbidden",
        "GitHub denies this to the identities of this pool.";
    /// The answer is larger than `MAX_RESPONSE_BYTES`.
    GithubResponseTooLarge, FORBIDDEN, "github_response_too_large",
        "GitHub's response is larger than this deployment relays.";
    /// octopool is overloaded.
    RelayOverloaded, SERVICE_UNAVAILABLE, "relay_overloaded",
        "octopool is overloaded. Try again after the number of seconds in Retry-After.";
    /// The request needs the caller's own rights.
    LocalCredentialsRequired, FORBIDDEN, "local_credentials_required",
        "This requires your own permissions on the repository. Use your own GitHub credentials.";
}
