//! Idempotency keys: what a client sends along so that a request that it repeats happens once.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::text::Violation;
use crate::token::derive_key;

/// The longest key that is taken.
const MAX_KEY_BYTES: usize = 255;

/// The value of an `Idempotency-Key` header. It is one half of what opens the kept answer, so it does not print.
pub struct IdempotencyKey(SecretString);

impl IdempotencyKey {
    /// Reads a key.
    pub fn parse(bytes: &[u8]) -> Result<Self, Violation> {
        let printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
        if printable && (1..=MAX_KEY_BYTES).contains(&bytes.len()) {
            return Ok(Self(SecretString::from(String::from_utf8_lossy(bytes).as_ref())));
        }
        Err("must be 1 to 255 printable ASCII characters".into())
    }

    /// The key as one principal uses it on one route: what others send under the same key, or the same one elsewhere, is another.
    pub fn bind(&self, credential: &str, route: &str) -> BoundKey {
        // As JSON, in which no part can run over into the next.
        BoundKey(SecretString::from(json!([credential, route, self.0.expose_secret()]).to_string()))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("IdempotencyKey([REDACTED])")
    }
}

/// A key bound to a credential and a route. All that is stored of it is a digest, from which neither can be found; and without
/// both of them the sealing key cannot be made.
#[derive(Clone, Debug)]
pub struct BoundKey(SecretString);

impl BoundKey {
    /// By what the record of the request is found.
    pub fn record(&self) -> String {
        self.derived("octopool idempotency record 1")
    }

    /// By what a request with another body is told. It depends on the key, so that the body cannot be guessed from it.
    pub fn request(&self, body: &str) -> String {
        let covered = SecretString::from(json!([self.0.expose_secret(), body]).to_string());
        URL_SAFE_NO_PAD.encode(derive_key("octopool idempotency request 1", &covered))
    }

    /// What the answer is sealed with.
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
    fn whoever_differs_in_anything_has_another_record_and_another_key() {
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
