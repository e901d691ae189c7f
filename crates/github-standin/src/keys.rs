//! RSA keys for the stand-in's App.

use std::sync::OnceLock;

use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, LineEnding};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::OsRng;
use rsa::{RsaPrivateKey, RsaPublicKey};

/// GitHub's App keys have 2048 bits.
const BITS: usize = 2048;

/// A key could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// RSA refused.
    #[error("cannot make an RSA key: {0}")]
    Generate(#[from] rsa::Error),
    /// Not a PKCS#1 key in PEM.
    #[error("not a private key as GitHub hands it out (BEGIN RSA PRIVATE KEY): {0}")]
    Pem(#[from] rsa::pkcs1::Error),
    /// Cannot be written as PKCS#8.
    #[error("cannot write the key as PKCS#8: {0}")]
    Pkcs8(#[from] rsa::pkcs8::Error),
}

/// The App's private key in PEM, made once per process: making one takes longer than most tests.
///
/// # Errors
/// When the system has no randomness to give.
pub fn app_key_pem() -> Result<String, KeyError> {
    static KEY: OnceLock<String> = OnceLock::new();
    once(&KEY)
}

/// A well-formed private key of some other App, made once per process: what it signs must be
/// refused.
///
/// # Errors
/// When the system has no randomness to give.
pub fn foreign_key_pem() -> Result<String, KeyError> {
    static KEY: OnceLock<String> = OnceLock::new();
    once(&KEY)
}

/// The same key in PKCS#8 (`BEGIN PRIVATE KEY`), as `openssl pkcs8 -topk8` rewrites it.
///
/// # Errors
/// When `pem` is not a PKCS#1 key, or the key cannot be written.
pub fn to_pkcs8_pem(pem: &str) -> Result<String, KeyError> {
    Ok(private_key(pem)?.to_pkcs8_pem(LineEnding::LF)?.to_string())
}

fn once(cell: &OnceLock<String>) -> Result<String, KeyError> {
    if let Some(pem) = cell.get() {
        return Ok(pem.clone());
    }
    // Two threads may both make a key here; both then return the one that was stored first.
    let pem = generate_pem()?;
    Ok(cell.get_or_init(|| pem).clone())
}

/// A fresh key in the form GitHub's "Generate a private key" button hands out: PKCS#1 in PEM.
pub(crate) fn generate_pem() -> Result<String, KeyError> {
    let key = RsaPrivateKey::new(&mut OsRng, BITS)?;
    Ok(key.to_pkcs1_pem(LineEnding::LF)?.to_string())
}

pub(crate) fn private_key(pem: &str) -> Result<RsaPrivateKey, KeyError> {
    Ok(RsaPrivateKey::from_pkcs1_pem(pem)?)
}

pub(crate) fn public_key(pem: &str) -> Result<RsaPublicKey, KeyError> {
    Ok(private_key(pem)?.to_public_key())
}
