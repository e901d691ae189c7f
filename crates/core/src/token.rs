//! Tokens of callers and admins.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::text::Violation;

/// A token that octopool issues: a prefix and 256 random bits in base64url without padding. It does
/// not print.
macro_rules! bearer_token {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $none:literal) => {
        $(#[$doc])*
        pub struct $name(SecretString);

        impl $name {
            /// A token from 32 bytes of a cryptographic generator.
            pub fn from_random(bytes: [u8; 32]) -> Self {
                Self(SecretString::from(format!("{}{}", $prefix, URL_SAFE_NO_PAD.encode(bytes))))
            }

            /// Parses a bearer; `None` if it does not have the form of such a token.
            pub fn parse(bearer: &str) -> Option<Self> {
                let random = bearer.strip_prefix($prefix)?;
                let decoded = URL_SAFE_NO_PAD.decode(random).ok()?;
                (decoded.len() == 32).then(|| Self(SecretString::from(bearer)))
            }

            /// The digest that is stored instead of the token. A slow hash would not protect more,
            /// because 256 random bits cannot be guessed.
            pub fn digest(&self) -> TokenDigest {
                TokenDigest::of(self.0.expose_secret())
            }

            /// The token itself, for the only response that shows it.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        /// Tokens are serialized only to be encrypted.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.expose())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = SecretString::deserialize(deserializer)?;
                Self::parse(text.expose_secret()).ok_or_else(|| D::Error::custom($none))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!(stringify!($name), "([REDACTED])"))
            }
        }
    };
}

bearer_token!(
    /// A caller token: `op_` and 256 random bits in base64url without padding, 46 characters.
    CallerToken,
    "op_",
    "no caller token"
);

bearer_token!(
    /// A named admin token: `opa_` and 256 random bits in base64url without padding, 47 characters.
    /// The prefix differs from a caller token's, so that people and secret scanners can tell them
    /// apart.
    AdminToken,
    "opa_",
    "no admin token"
);

/// The SHA-256 digest of a token, in base64url.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenDigest(String);

impl TokenDigest {
    fn of(token: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(token)))
    }

    /// Parses a stored digest.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let is_digest = URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        if is_digest {
            return Ok(Self(text.to_owned()));
        }
        // A token in its place must not be repeated, so the message has nothing of the text.
        Err("must be the SHA-256 of a token in base64url without padding, 43 characters".into())
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Derives a key for one purpose from a secret. A plain digest is enough, because the secrets are
/// tokens and private keys, which cannot be guessed.
pub fn derive_key(purpose: &str, secret: &SecretString) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(purpose.len().to_be_bytes());
    digest.update(purpose);
    digest.update(secret.expose_secret());
    digest.finalize().into()
}

/// Whether two secrets are equal. Compares digests in constant time, so that the duration reveals
/// neither their content nor their length.
pub fn same_secret(left: &str, right: &str) -> bool {
    Sha256::digest(left).ct_eq(&Sha256::digest(right)).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AdminToken, CallerToken, TokenDigest, same_secret};

    #[test]
    fn tokens_have_46_characters_and_do_not_print() {
        let token = CallerToken::from_random([0xff; 32]);
        assert_eq!(token.expose().len(), 46);
        assert!(token.expose().starts_with("op_"));
        assert_eq!(format!("{token:?}"), "CallerToken([REDACTED])");
    }

    #[test]
    fn admin_tokens_have_47_characters_and_do_not_print() {
        let token = AdminToken::from_random([0xff; 32]);
        assert_eq!((token.expose().len(), &token.expose()[..4]), (47, "opa_"));
        assert_eq!(format!("{token:?}"), "AdminToken([REDACTED])");
    }

    #[test]
    fn admin_tokens_and_caller_tokens_are_distinct() {
        let (admin, caller) = (AdminToken::from_random([7; 32]), CallerToken::from_random([7; 32]));
        assert!(CallerToken::parse(admin.expose()).is_none());
        for bad in
            ["", "opa_", "opa_x", caller.expose(), &admin.expose()[..46], &format!("{}A", admin.expose())]
        {
            assert!(AdminToken::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn the_digest_is_sha_256_in_base64url() {
        // The expected value is `printf op_AAAA… | openssl dgst -sha256 -binary | basenc
        // --base64url`.
        let token = CallerToken::from_random([0; 32]);
        assert_eq!(token.digest().as_str(), "ENG6Drva5cXgF2cx5u71EN2AgogJCxAwnhYfGcthb3E");
    }

    #[test]
    fn a_digest_is_read_back_and_a_token_is_none() {
        let token = CallerToken::from_random([7; 32]);
        let digest = token.digest();
        assert_eq!(TokenDigest::parse(digest.as_str()).unwrap(), digest);
        for bad in ["", "x", token.expose(), &digest.as_str()[1..], &"/".repeat(43), &"9".repeat(43)] {
            let violation = TokenDigest::parse(bad).unwrap_err().to_string();
            assert!(bad.len() < 2 || !violation.contains(bad), "{violation}");
        }
    }

    #[test]
    fn other_texts_are_not_tokens() {
        let good = CallerToken::from_random([7; 32]);
        for bad in ["", "op_", "op_x", "ghp_0123", &good.expose()[..45], &format!("{}A", good.expose())] {
            assert!(CallerToken::parse(bad).is_none(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_token_is_read_back(bytes: [u8; 32]) {
            let token = CallerToken::from_random(bytes);
            prop_assert_eq!(CallerToken::parse(token.expose()).unwrap().digest(), token.digest());
        }

        #[test]
        fn an_admin_token_is_read_back(bytes: [u8; 32]) {
            let token = AdminToken::from_random(bytes);
            prop_assert_eq!(AdminToken::parse(token.expose()).unwrap().digest(), token.digest());
        }

        #[test]
        fn secrets_are_the_same_if_equal(left in ".{0,20}", right in ".{0,20}") {
            prop_assert_eq!(same_secret(&left, &right), left == right);
            prop_assert!(same_secret(&left, &left));
        }
    }
}
