//! The JWT with which a GitHub App authenticates
//! (<https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>).

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_compact::{Algorithm, AlgorithmExt as _, AlgorithmSignature, Claims, Header};
use octopool_core::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

use crate::ports::{Pkcs8Key, Signer, SignerError};

/// The token is issued in the past, because GitHub's clock may be behind ours.
const ISSUED_BEFORE_SECONDS: i64 = 60;
/// GitHub accepts at most 10 minutes; one minute is left for clock skew.
const EXPIRES_AFTER_SECONDS: i64 = 540;

/// A signed App JWT.
pub struct AppJwt(SecretString);

impl AppJwt {
    /// The token, to be sent as a bearer.
    pub fn as_secret(&self) -> &SecretString {
        &self.0
    }

    /// Creates and signs a token. `jwt-compact` writes the header and claims; the platform signs,
    /// because RSA in wasm takes 20 ms of CPU, twice what the free plan allows for a whole request.
    pub async fn sign(
        signer: &dyn Signer,
        key: &Pkcs8Key,
        app_id: &str,
        now: Timestamp,
    ) -> Result<Self, SignerError> {
        let unsigned = signing_input(app_id, now).ok_or(SignerError)?;
        let signature = signer.rs256(key, unsigned.as_bytes()).await?;
        Ok(Self(SecretString::from(format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature)))))
    }
}

impl fmt::Debug for AppJwt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("AppJwt([REDACTED])")
    }
}

#[derive(Serialize)]
struct AppClaims<'a> {
    iat: i64,
    exp: i64,
    iss: &'a str,
}

/// `header.claims`, the text to be signed.
fn signing_input(app_id: &str, now: Timestamp) -> Option<String> {
    let now = now.as_seconds();
    let claims =
        AppClaims { iat: now - ISSUED_BEFORE_SECONDS, exp: now + EXPIRES_AFTER_SECONDS, iss: app_id };
    let header = Header::empty().with_token_type("JWT");
    let token = UnsignedRs256.token(&header, &Claims::new(claims), &NoKey).ok()?;
    token.strip_suffix('.').map(str::to_owned)
}

/// RS256 for `jwt-compact` with an empty signature, so that the token ends in a dot. The platform
/// makes the real one.
struct UnsignedRs256;
struct NoKey;
struct NoSignature;

impl Algorithm for UnsignedRs256 {
    type SigningKey = NoKey;
    type VerifyingKey = NoKey;
    type Signature = NoSignature;

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("RS256")
    }

    fn sign(&self, _key: &NoKey, _message: &[u8]) -> NoSignature {
        NoSignature
    }

    fn verify_signature(&self, _signature: &NoSignature, _key: &NoKey, _message: &[u8]) -> bool {
        false
    }
}

impl AlgorithmSignature for NoSignature {
    fn try_from_slice(_slice: &[u8]) -> Result<Self, anyhow::Error> {
        Ok(Self)
    }

    fn as_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&[])
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use octopool_core::Timestamp;
    use serde_json::{Value, json};

    use super::signing_input;

    #[test]
    fn header_and_claims_are_what_github_asks_for() {
        let input = signing_input("4242", Timestamp::from_millis(1_790_000_000_500)).unwrap();
        let parts: Vec<Value> = input
            .split('.')
            .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
            .collect();
        assert_eq!(
            parts,
            [
                json!({"alg": "RS256", "typ": "JWT"}),
                json!({"iat": 1_789_999_940, "exp": 1_790_000_540, "iss": "4242"}),
            ]
        );
    }
}
