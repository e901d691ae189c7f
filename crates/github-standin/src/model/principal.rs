//! Who a request counts as.

use std::fmt;
use std::str::FromStr;

use super::accounts::AccountId;
use super::apps::{AppId, InstallationId};

/// Whom a request is answered for, and whose rate limit it uses.
///
/// Rate limits belong to the account behind a personal token, not to the token: all tokens of one
/// account share one budget
/// (<https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>, "Primary rate
/// limit for authenticated users").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// No credential, or one that was refused. GitHub counts these by IP address; on loopback there
    /// is one.
    Anonymous,
    /// A personal access token of this account.
    Account(AccountId),
    /// An installation access token.
    Installation(InstallationId),
    /// The App itself, with a JWT.
    App(AppId),
}

impl fmt::Display for Principal {
    /// `anonymous`, `account:1001`, `installation:77001`, `app:4242`: the form used in faults,
    /// recordings and logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Installation(id) => write!(f, "installation:{id}"),
            Self::App(id) => write!(f, "app:{id}"),
        }
    }
}

impl FromStr for Principal {
    type Err = UnknownPrincipal;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownPrincipal(text.to_owned());
        if text == "anonymous" {
            return Ok(Self::Anonymous);
        }
        let (kind, id) = text.split_once(':').ok_or_else(unknown)?;
        let id = id.parse().map_err(|_| unknown())?;
        match kind {
            "account" => Ok(Self::Account(id)),
            "installation" => Ok(Self::Installation(id)),
            "app" => Ok(Self::App(id)),
            _ => Err(unknown()),
        }
    }
}

/// A text that is no principal's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no principal {0}; write account:1001, installation:77001, app:4242 or anonymous")]
pub struct UnknownPrincipal(String);

impl serde::Serialize for Principal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let all =
            [Principal::Anonymous, Principal::Account(1), Principal::Installation(2), Principal::App(3)];
        for principal in all {
            assert_eq!(principal.to_string().parse(), Ok(principal));
        }
        assert!("team:1".parse::<Principal>().is_err());
    }
}
