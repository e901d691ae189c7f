//! Named admin tokens.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::{Violation, is_dotted_name, text_newtype};
use crate::token::TokenDigest;

/// An admin token beside the deployment's own: `opa_` and 256 random bits in base64url without padding, 47 characters. The
/// prefix is not a caller token's, so that a scanner for leaked secrets, and a person, can tell the two apart.
pub struct AdminToken(SecretString);

impl AdminToken {
    /// Makes a token of 32 bytes from a cryptographic generator.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(SecretString::from(format!("opa_{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Takes a bearer that has the form of an admin token.
    pub fn parse(bearer: &str) -> Option<Self> {
        let random = bearer.strip_prefix("opa_")?;
        let decoded = URL_SAFE_NO_PAD.decode(random).ok()?;
        (decoded.len() == 32).then(|| Self(SecretString::from(bearer)))
    }

    /// What is stored instead of the token.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.expose_secret())
    }

    /// The token itself, for the one answer that shows it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A token is written only to be sealed.
impl Serialize for AdminToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for AdminToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SecretString::deserialize(deserializer)?;
        Self::parse(text.expose_secret()).ok_or_else(|| D::Error::custom("no admin token"))
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AdminToken([REDACTED])")
    }
}

/// What an admin token is called, in the list and in the audit: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AdminTokenName(String);
text_newtype!(AdminTokenName);

impl AdminTokenName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if is_dotted_name(text, 64) {
            return Ok(Self(text.to_owned()));
        }
        Err("must be 1 to 64 letters, digits, `.`, `_` or `-`, and begin with a letter or digit".into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AdminToken, AdminTokenName};
    use crate::CallerToken;

    #[test]
    fn tokens_have_47_characters_and_do_not_print() {
        let token = AdminToken::from_random([0xff; 32]);
        assert_eq!((token.expose().len(), &token.expose()[..4]), (47, "opa_"));
        assert_eq!(format!("{token:?}"), "AdminToken([REDACTED])");
    }

    #[test]
    fn an_admin_token_is_no_caller_token_nor_the_other_way_round() {
        let (admin, caller) = (AdminToken::from_random([7; 32]), CallerToken::from_random([7; 32]));
        assert!(CallerToken::parse(admin.expose()).is_none());
        for bad in
            ["", "opa_", "opa_x", caller.expose(), &admin.expose()[..46], &format!("{}A", admin.expose())]
        {
            assert!(AdminToken::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn names() {
        for good in ["ci", "Release.Bot_2-x", &"x".repeat(64)] {
            assert_eq!(AdminTokenName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "a b", "a:b", "-a", &"x".repeat(65)] {
            assert!(AdminTokenName::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_token_is_read_back(bytes: [u8; 32]) {
            let token = AdminToken::from_random(bytes);
            prop_assert_eq!(AdminToken::parse(token.expose()).unwrap().digest(), token.digest());
        }
    }
}
