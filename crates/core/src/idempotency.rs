//! Idempotency keys, with which a client can safely repeat a request.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::text::Violation;
use crate::token::derive_key;

/// The maximum length of a key, in bytes.
const MAX_KEY_BYTES: usize = 255;

/// The value of an `Idempotency-Key` header. It does not print, because the stored response is
/// encrypted with a key derived from it and the credential.
pub struct IdempotencyKey(SecretString);

impl IdempotencyKey {
    /// Parses a key.
    pub fn parse(bytes: &[u8]) -> Result<Self, Violation> {
        let printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
        if printable && (1..=MAX_KEY_BYTES).contains(&bytes.len()) {
            return Ok(Self(SecretString::from(String::from_utf8_lossy(bytes).as_ref())));
        }
        Err("must be 1 to 255 printable ASCII characters".into())
    }

    /// Binds the key to a credential and a route: the same key with another credential, or on
    /// another route, is a different key.
    pub fn bind(&self, credential: &str, route: &str) -> BoundKey {
        // JSON delimits the parts unambiguously.
        BoundKey(SecretString::from(json!([credential, route, self.0.expose_secret()]).to_string()))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("IdempotencyKey([REDACTED])")
    }
}

/// A key bound to a credential and a route. Only digests of it are stored, from which neither can
/// be found, and which are not enough to derive the sealing key.
#[derive(Clone, Debug)]
pub struct BoundKey(SecretString);

impl BoundKey {
    /// The id under which the request is recorded.
    pub fn record(&self) -> String {
        self.derived("octopool idempotency record 1")
    }

    /// A digest of the body, to recognize a request with another body. It depends on the key, so
    /// that the body cannot be guessed from it.
    pub fn request(&self, body: &str) -> String {
        let covered = SecretString::from(json!([self.0.expose_secret(), body]).to_string());
        URL_SAFE_NO_PAD.encode(derive_key("octopool idempotency request 1", &covered))
    }

    /// The key with which the stored response is encrypted.
    pub fn sealing_key(&self) -> [u8; 32] {
        derive_key("octopool idempotency seal 1", &self.0)
    }

    fn derived(&self, purpose: &str) -> String {
        URL_SAFE_NO_PAD.encode(derive_key(purpose, &self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::IdempotencyKey;

    #[test]
    fn keys_are_printable_and_do_not_print() {
        for good in ["x", "8e03978e-40d5-43dd-bc93-6894a57f9324", "\"quoted\"", " ", &"~".repeat(255)] {
            assert!(IdempotencyKey::parse(good.as_bytes()).is_ok(), "{good:?}");
        }
        for bad in ["", "a\tb", "a\u{7f}", "kä", &"x".repeat(256)] {
            assert!(IdempotencyKey::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        let key = IdempotencyKey::parse(b"canary").unwrap();
        let bound = key.bind("bearer-canary", "POST /");
        assert!(!format!("{key:?} {bound:?}").contains("canary"));
    }

    #[test]
    fn different_bindings_have_different_records_and_keys() {
        let bind = |key: &str, credential, route| {
            IdempotencyKey::parse(key.as_bytes()).unwrap().bind(credential, route)
        };
        let all = [
            bind("k", "a", "r"),
            bind("l", "a", "r"),
            bind("k", "b", "r"),
            bind("k", "a", "s"),
            bind("r\",\"k", "a", "r"),
        ];
        for (index, one) in all.iter().enumerate() {
            assert_ne!(one.record().as_bytes(), one.sealing_key());
            for other in &all[..index] {
                assert_ne!(one.record(), other.record());
                assert_ne!(one.sealing_key(), other.sealing_key());
                assert_ne!(one.request("{}"), other.request("{}"));
            }
        }
        assert_eq!(bind("k", "a", "r").record(), all[0].record());
        assert_eq!(all[0].request("{}"), all[0].request("{}"));
        assert_ne!(all[0].request("{}"), all[0].request("{ }"));
    }
}
