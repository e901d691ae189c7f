//! App JWTs: checked as GitHub checks them, and signed for tests.
//!
//! <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::RsaPublicKey;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use serde_json::{Value, json};

use crate::keys::{self, KeyError};
use crate::model::apps::{App, AppId, Apps};

/// "The time must be no more than 10 minutes into the future."
const LONGEST_LIFE_SECONDS: i64 = 600;
/// How far a client's clock may be ahead. GitHub tells clients to set `iat` 60 seconds back "to
/// protect against clock drift" and does not say what it tolerates itself.
const DRIFT_SECONDS: i64 = 60;

/// Why a JWT was refused. The messages are GitHub's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwtError {
    /// Not a JWT, not RS256, or a signature that is not the App's.
    #[error("A JSON web token could not be decoded")]
    Undecodable,
    #[error("'Issuer' claim ('iss') must be an Integer")]
    Issuer,
    /// A well-formed issuer that no App has. GitHub answers 404 to this one and 401 to the others.
    #[error("Integration not found")]
    UnknownApp,
    #[error(
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
    )]
    IssuedAt,
    #[error(
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the \
         assertion expires"
    )]
    Expired,
    #[error("'Expiration time' claim ('exp') is too far in the future")]
    TooLong,
}

/// Whether a credential is meant to be a JWT: three parts, the first of which is a JSON object with
/// an `alg`.
pub(crate) fn looks_like_jwt(credential: &str) -> bool {
    let mut parts = credential.split('.');
    let header = parts.next().and_then(decode_json);
    parts.count() == 2 && header.is_some_and(|header| header.get("alg").is_some())
}

/// Checks issuer, algorithm, signature and times, in this order, and answers whose JWT it is.
pub(crate) fn verify(jwt: &str, apps: &Apps, now: i64) -> Result<AppId, JwtError> {
    let (signed, signature) = jwt.rsplit_once('.').ok_or(JwtError::Undecodable)?;
    let (header, claims) = signed.split_once('.').ok_or(JwtError::Undecodable)?;
    let header = decode_json(header).ok_or(JwtError::Undecodable)?;
    let claims = decode_json(claims).ok_or(JwtError::Undecodable)?;
    // The algorithm is ours to choose, never the token's: `none` and HS256 (keyed with the public
    // key) are the classic attacks.
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(JwtError::Undecodable);
    }
    let app = find_issuer(claims.get("iss"), apps)?;
    check_signature(signed, signature, app)?;
    check_times(&claims, now)?;
    Ok(app.id)
}

fn find_issuer<'a>(iss: Option<&Value>, apps: &'a Apps) -> Result<&'a App, JwtError> {
    let iss = match iss {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.clone(),
        _ => return Err(JwtError::Issuer),
    };
    apps.find_issuer(&iss).ok_or_else(|| {
        let is_id = iss.starts_with("Iv") || iss.parse::<u64>().is_ok();
        if is_id { JwtError::UnknownApp } else { JwtError::Issuer }
    })
}

fn check_signature(signed: &str, signature: &str, app: &App) -> Result<(), JwtError> {
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| JwtError::Undecodable)?;
    let signature = Signature::try_from(signature.as_slice()).map_err(|_| JwtError::Undecodable)?;
    let is_signed_with = |key: &RsaPublicKey| {
        VerifyingKey::<Sha256>::new(key.clone()).verify(signed.as_bytes(), &signature).is_ok()
    };
    if app.public_keys.iter().any(is_signed_with) { Ok(()) } else { Err(JwtError::Undecodable) }
}

fn check_times(claims: &Value, now: i64) -> Result<(), JwtError> {
    let iat = claims.get("iat").and_then(Value::as_i64).ok_or(JwtError::IssuedAt)?;
    let exp = claims.get("exp").and_then(Value::as_i64).ok_or(JwtError::Expired)?;
    if iat > now + DRIFT_SECONDS {
        return Err(JwtError::IssuedAt);
    }
    if exp <= now {
        return Err(JwtError::Expired);
    }
    if exp > now + LONGEST_LIFE_SECONDS {
        return Err(JwtError::TooLong);
    }
    Ok(())
}

fn decode_json(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Signs claims with RS256, for tests of those who receive JWTs.
///
/// # Errors
/// When `private_key_pem` is not a PKCS#1 key.
pub fn sign(private_key_pem: &str, claims: &Value) -> Result<String, KeyError> {
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "RS256", "typ": "JWT" }).to_string());
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let signed = format!("{header}.{claims}");
    let signature = SigningKey::<Sha256>::new(keys::private_key(private_key_pem)?).sign(signed.as_bytes());
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
}
