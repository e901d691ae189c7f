//! The signed ends of the audit's chain: the cut, where it begins after old rows were removed, and
//! the head, where it ends.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{Timestamp, derive_key};

/// A removal of the oldest rows. The chain continues from the digest of the last removed row.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuditCut {
    /// The number of the last removed row.
    pub seq: i64,
    /// The digest of that row.
    pub digest: String,
    /// How many rows this cut removed.
    pub removed: i64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
}

/// The newest row of the chain that was signed. Every digest covers the rows before it, so removing
/// rows up to the head, or recomputing the chain, requires the key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditHead {
    /// The number of the row.
    pub seq: i64,
    /// Its digest.
    pub digest: String,
}

/// Signs cuts and heads (HMAC-SHA-256). It is not in the database, so write access to the database
/// is not enough to forge either.
pub struct AuditKey {
    cuts: [u8; 32],
    heads: [u8; 32],
}

impl AuditKey {
    /// Derives the keys from the deployment's secret.
    pub fn derive(secret: &SecretString) -> Self {
        Self {
            cuts: derive_key("octopool audit cut 1", secret),
            heads: derive_key("octopool audit head 1", secret),
        }
    }

    /// The signature of a cut, in base64url.
    pub fn sign(&self, cut: &AuditCut) -> String {
        encode(self.cut_mac(cut))
    }

    /// Whether this is the signature of the cut, compared in constant time.
    pub fn verifies(&self, cut: &AuditCut, signature: &str) -> bool {
        is_of(self.cut_mac(cut), signature)
    }

    /// The signature of a head, in base64url.
    pub fn sign_head(&self, head: &AuditHead) -> String {
        encode(self.head_mac(head))
    }

    /// Whether this is the signature of the head, compared in constant time.
    pub fn verifies_head(&self, head: &AuditHead, signature: &str) -> bool {
        is_of(self.head_mac(head), signature)
    }

    fn cut_mac(&self, cut: &AuditCut) -> Hmac<Sha256> {
        let AuditCut { seq, digest, removed, at, actor } = cut;
        mac(&self.cuts, &json!([seq, digest, removed, at.as_millis(), actor]))
    }

    fn head_mac(&self, head: &AuditHead) -> Hmac<Sha256> {
        let AuditHead { seq, digest } = head;
        mac(&self.heads, &json!([seq, digest]))
    }
}

/// The MAC of a JSON array, which delimits the values unambiguously. HMAC uses a key of 32 bytes as
/// it is, because it is shorter than a block.
fn mac(key: &[u8; 32], covered: &Value) -> Hmac<Sha256> {
    let mut padded = [0; 64];
    padded[..32].copy_from_slice(key);
    Hmac::<Sha256>::new(&padded.into()).chain_update(covered.to_string())
}

fn encode(mac: Hmac<Sha256>) -> String {
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

fn is_of(mac: Hmac<Sha256>, signature: &str) -> bool {
    URL_SAFE_NO_PAD.decode(signature).is_ok_and(|bytes| mac.verify_slice(&bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::{AuditCut, AuditHead, AuditKey};
    use crate::Timestamp;

    fn cut() -> AuditCut {
        AuditCut {
            seq: 7,
            digest: "d".to_owned(),
            removed: 5,
            at: Timestamp::from_millis(1_790_000_000_000),
            actor: "admin".to_owned(),
        }
    }

    #[test]
    fn it_is_hmac_sha_256_of_a_json_array() {
        // key=$(printf '\0\0\0\0\0\0\0\24octopool audit cut 1secret' | openssl dgst -sha256 -binary
        // | xxd -p -c 64) printf '%s' '[7,"d",5,1790000000000,"admin"]' \
        //   | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | basenc --base64url
        let key = AuditKey::derive(&SecretString::from("secret"));
        assert_eq!(key.sign(&cut()), "2Pw956mSVShBer2o4Ns2veL4SG8bV5WRY-m124B2vo4");
    }

    #[test]
    fn every_column_and_the_key_count() {
        let key = AuditKey::derive(&SecretString::from("secret"));
        let signature = key.sign(&cut());
        assert!(key.verifies(&cut(), &signature));
        let edits: [fn(&mut AuditCut); 5] = [
            |cut| cut.seq += 1,
            |cut| cut.digest.push('x'),
            |cut| cut.removed += 1,
            |cut| cut.at = Timestamp::from_millis(0),
            |cut| cut.actor.push('x'),
        ];
        for edit in edits {
            let mut edited = cut();
            edit(&mut edited);
            assert!(!key.verifies(&edited, &signature), "{edited:?}");
        }
        assert!(!AuditKey::derive(&SecretString::from("other")).verifies(&cut(), &signature));
        for forged in ["", "x", "!", &signature[1..], &format!("{signature}A")] {
            assert!(!key.verifies(&cut(), forged), "{forged}");
        }
    }

    #[test]
    fn a_head_is_signed_with_a_key_of_its_own() {
        // key=$(printf '\0\0\0\0\0\0\0\25octopool audit head 1secret' | openssl dgst -sha256
        // -binary | xxd -p -c 64) printf '%s' '[7,"d"]' | openssl dgst -sha256 -mac HMAC -macopt
        // hexkey:$key -binary | basenc --base64url
        let key = AuditKey::derive(&SecretString::from("secret"));
        let head = AuditHead { seq: 7, digest: "d".to_owned() };
        let signature = key.sign_head(&head);
        assert_eq!(signature, "G9cbyE359JHtzFyGDVuKKoqtEkdra8boH4HVzf175no");
        assert!(key.verifies_head(&head, &signature));
        for other in
            [AuditHead { seq: 8, ..head.clone() }, AuditHead { digest: "e".to_owned(), ..head.clone() }]
        {
            assert!(!key.verifies_head(&other, &signature), "{other:?}");
        }
        assert!(!AuditKey::derive(&SecretString::from("other")).verifies_head(&head, &signature));
        assert!(!key.verifies(&cut(), &signature) && !key.verifies_head(&head, &key.sign(&cut())));
    }
}
