//! Clients: the machines of a caller.

use crate::text::{Violation, is_dotted_name, refuse_credential, text_newtype};
use crate::timestamp::Timestamp;
use crate::token::TokenDigest;

/// How many clients a caller may have. A login from one more removes the least recently used one
/// (contract, section 4).
pub const MAX_CLIENTS_PER_CALLER: u32 = 16;

/// The name of a client, `[A-Za-z0-9][A-Za-z0-9._-]{0,79}`, case-sensitive.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientName(String);
text_newtype!(ClientName);

impl ClientName {
    /// The client of a token that an admin created.
    pub fn admin() -> Self {
        Self("admin".to_owned())
    }

    /// The client of a login without a client name, as old versions send it.
    pub fn legacy() -> Self {
        Self("legacy".to_owned())
    }

    /// Parses a client name, usually a host name. Surrounding white space and every trailing
    /// `.local` are removed: mDNS adds and removes that suffix as the network changes.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let mut name = text.trim();
        refuse_credential(name)?;
        while let Some(base) = strip_local(name) {
            name = base;
        }
        refuse_credential(name)?;
        if is_dotted_name(name, 80) {
            return Ok(Self(name.to_owned()));
        }
        Err("must be 1 to 80 letters, digits, `.`, `_` or `-`, and begin with a letter or digit".into())
    }

    /// Parses a client name that is stored already, and so has no white space or `.local` to
    /// remove.
    pub fn stored(text: &str) -> Result<Self, Violation> {
        Self::parse(text).and_then(|name| {
            if name.0 == text {
                Ok(name)
            } else {
                Err("must not have spaces around it or end in `.local`".into())
            }
        })
    }
}

/// A client's token, without the token itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientToken {
    /// What is stored of the token.
    pub digest: TokenDigest,
    /// When it was issued.
    pub issued_at: Timestamp,
}

fn strip_local(name: &str) -> Option<&str> {
    let split = name.len().checked_sub(".local".len())?;
    let (base, suffix) = (name.get(..split)?, name.get(split..)?);
    suffix.eq_ignore_ascii_case(".local").then_some(base)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ClientName;

    #[test]
    fn a_host_name_loses_its_local_suffixes_and_keeps_its_case() {
        for (given, name) in [
            ("laptop", "laptop"),
            ("  Host.local ", "Host"),
            ("Host.LOCAL.local.LoCaL", "Host"),
            ("local", "local"),
            ("a.local.b", "a.local.b"),
            ("host", "host"),
        ] {
            assert_eq!(ClientName::parse(given).unwrap().as_str(), name);
        }
    }

    #[test]
    fn invalid_client_names() {
        for bad in ["", "  ", ".local", ".local.local", "-a", "a b", "a/b", "ü", "a\u{0}", &"x".repeat(81)] {
            assert!(ClientName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_stored_name_is_written_as_it_is_stored() {
        assert_eq!(ClientName::stored("laptop").unwrap().as_str(), "laptop");
        for bad in ["laptop.local", " laptop", "a b"] {
            assert!(ClientName::stored(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent(text in ".{0,100}") {
            if let Ok(name) = ClientName::parse(&text) {
                prop_assert_eq!(ClientName::parse(name.as_str()).unwrap(), name);
            }
        }
    }
}
