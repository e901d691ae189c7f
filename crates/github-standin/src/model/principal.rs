//! Who a request counts as.

use std::fmt;

use super::accounts::AccountId;
use super::apps::{AppId, InstallationId};

/// Whom a request is answered for, and whose rate limit it uses.
///
/// Rate limits belong to the account behind a personal token, not to the token: all tokens of one account share one budget
/// (<https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>, "Primary rate limit for authenticated users").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// No credential, or one that was refused. GitHub counts these by IP address; on loopback there is one.
    Anonymous,
    /// A personal access token of this account.
    Account(AccountId),
    /// An installation access token.
    Installation(InstallationId),
    /// The App itself, with a JWT.
    App(AppId),
}

impl fmt::Display for Principal {
    /// `anonymous`, `account:1001`, `installation:77001`, `app:4242`: the form used in faults, recordings and logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Installation(id) => write!(f, "installation:{id}"),
            Self::App(id) => write!(f, "app:{id}"),
        }
    }
}

impl serde::Serialize for Principal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
