//! Cuts of the audit: where its chain begins once old rows are gone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;

use crate::{Timestamp, derive_key};

/// Rows were removed up to a place, from whose digest the chain goes on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuditCut {
    /// The place of the last row that was removed.
    pub seq: i64,
    /// Its digest.
    pub digest: String,
    /// How many rows this cut removed.
    pub removed: i64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
}

/// What cuts are signed with (HMAC-SHA-256): whoever may write to the database has it not, so rows that he removes stay missed.
pub struct AuditKey([u8; 32]);

impl AuditKey {
    /// The key that is made of the deployment's secret.
    pub fn derive(secret: &SecretString) -> Self {
        Self(derive_key("octopool audit cut 1", secret))
    }

    /// The signature of a cut, in base64url.
    pub fn sign(&self, cut: &AuditCut) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(cut).finalize().into_bytes())
    }

    /// Whether the signature is of this cut, decided in constant time.
    pub fn verifies(&self, cut: &AuditCut, signature: &str) -> bool {
        URL_SAFE_NO_PAD.decode(signature).is_ok_and(|bytes| self.mac(cut).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, cut: &AuditCut) -> Hmac<Sha256> {
        let AuditCut { seq, digest, removed, at, actor } = cut;
        // As JSON, in which no column can run over into the next. A key of 32 bytes is shorter than a block, so it is taken as it is.
        let covered = json!([seq, digest, removed, at.as_millis(), actor]).to_string();
        let mut padded = [0; 64];
        padded[..32].copy_from_slice(&self.0);
        Hmac::<Sha256>::new(&padded.into()).chain_update(covered)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::{AuditCut, AuditKey};
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
        // key=$(printf '\0\0\0\0\0\0\0\24octopool audit cut 1secret' | openssl dgst -sha256 -binary | xxd -p -c 64)
        // printf '%s' '[7,"d",5,1790000000000,"admin"]' \
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
}
