//! How a read ends, in the words of answers, stored answers and statistics.

use serde::{Deserialize, Serialize};

/// How a body is written in an envelope.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BodyEncoding {
    /// As the JSON that it is.
    Json,
    /// As a string.
    Text,
    /// As base64 of its bytes.
    Base64,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CacheOutcome {
    /// From the cache, fresh.
    Hit,
    /// From the cache, past its fresh time.
    Stale,
    /// From GitHub, and shared.
    Miss,
    /// From GitHub, and not shared.
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

/// Why an answer past its fresh time was served.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaleReason {
    /// Every identity that could ask cools down.
    IdentitiesCoolingDown,
    /// Those that could ask have used up their budget.
    GithubIdentityDepleted,
    /// GitHub limits those that could ask.
    GithubRateLimited,
    /// GitHub does not accept the credentials of those that could ask.
    GithubIdentityUnauthorized,
    /// GitHub answered with an error of its own, or not at all.
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

/// Declares [`FallbackReason`] with its wire names, so that the list exists once.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal,)+) => {
        /// Why the pool does not serve what the caller's own credentials could (`details.reason` of
        /// `fallback_local`).
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum FallbackReason {
            $($(#[$doc])* #[serde(rename = $wire)] $variant,)+
        }

        impl FallbackReason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The reason as it is in `details.reason`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)+
                }
            }
        }
    };
}

reasons! {
    /// The relay does not serve this path.
    RouteDenied = "route_denied",
    /// The policy does not allow the owner.
    OwnerDenied = "owner_denied",
    /// The policy does not allow search.
    SearchDenied = "search_denied",
    /// The policy does not allow job logs.
    LogsDenied = "logs_denied",
    /// The repository is not public.
    RepoNotPublic = "repo_not_public",
    /// Whether the repository is public could not be found out.
    RepoPublicCheckFailed = "repo_public_check_failed",
    /// No identity of the pool has a scope for it.
    NoIdentity = "no_identity",
    /// Every identity that could serve cools down.
    IdentitiesCoolingDown = "identities_cooling_down",
    /// GitHub does not accept the credentials of those that could serve.
    GithubIdentityUnauthorized = "github_identity_unauthorized",
    /// GitHub limits those that could serve.
    GithubRateLimited = "github_rate_limited",
    /// Those that could serve have used up their budget.
    GithubIdentityDepleted = "github_identity_depleted",
    /// GitHub forbids it to those that could serve.
    GithubIdentityForbidden = "github_identity_forbidden",
    /// The answer is larger than `MAX_RESPONSE_BYTES`.
    GithubResponseTooLarge = "github_response_too_large",
    /// octopool has too much to do.
    RelayOverloaded = "relay_overloaded",
    /// It takes the caller's own rights.
    LocalCredentialsRequired = "local_credentials_required",
    /// The relay does not serve this GraphQL document.
    GraphqlDenied = "graphql_denied",
}
