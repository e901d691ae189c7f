//! Callers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::github_name::AccountLogin;
use crate::name::DisplayName;
use crate::pool::PoolId;
use crate::status::Status;
use crate::text::{Violation, is_dotted_name, text_newtype};

/// The declarable fields of a caller. Its key is the immutable number of its GitHub account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CallerSpec {
    /// The account's login.
    pub github_login: AccountLogin,
    /// The display name.
    pub name: DisplayName,
    /// Whether it may come in.
    pub status: Status,
    /// The pools that it may use.
    pub pools: BTreeSet<PoolId>,
}

impl CallerSpec {
    /// The names of the fields in JSON, in the order in which plans show them. `pools` is not
    /// included: plans show each grant as a separate object.
    pub const FIELDS: [&'static str; 3] = ["github_login", "name", "status"];
}

/// The id of a caller: a UUID, or a name of 1 to 80 characters that an operator wrote into D1 by
/// hand.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CallerId(String);
text_newtype!(CallerId, CallerId::parse);

impl CallerId {
    /// Parses a caller's id.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if is_dotted_name(text, 80) {
            return Ok(Self(text.to_owned()));
        }
        Err("must be the id of a caller, as the list of callers shows it".into())
    }
}

#[cfg(test)]
mod tests {
    use super::CallerId;

    #[test]
    fn ids_of_callers() {
        for good in ["5a0d1f7e-0000-4000-8000-000000000001", "c1"] {
            assert_eq!(CallerId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a/b", "..", "a b", &"x".repeat(81)] {
            assert!(CallerId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
