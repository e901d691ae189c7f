//! Private keys of GitHub Apps.

use std::fmt;

use pkcs1::der::Decode as _;
use pkcs8::der::Encode as _;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

/// An RSA private key in PKCS#8 DER, the only form that WebCrypto imports.
pub struct Pkcs8Key(Zeroizing<Vec<u8>>);

impl Pkcs8Key {
    /// Parses PEM: PKCS#1 (`BEGIN RSA PRIVATE KEY`, which GitHub generates) or PKCS#8 (`BEGIN
    /// PRIVATE KEY`). Line ends may be escaped as `\n`, which is common in environment variables.
    pub fn from_pem(text: &SecretString) -> Result<Self, AppKeyError> {
        let text = Zeroizing::new(text.expose_secret().replace("\\r", "").replace("\\n", "\n"));
        let text = text.trim_start_matches('\u{feff}');
        if text.contains("ENCRYPTED") {
            return Err(AppKeyError::Encrypted);
        }
        if text.contains("BEGIN OPENSSH PRIVATE KEY") {
            return Err(AppKeyError::OpenSsh);
        }
        let block = pem::parse(text).map_err(|_| AppKeyError::NotPem)?;
        let der = Zeroizing::new(block.contents().to_vec());
        match block.tag() {
            "RSA PRIVATE KEY" => {
                pkcs1::RsaPrivateKey::from_der(&der).map_err(|_| AppKeyError::BrokenDer)?;
                let wrapped = pkcs8::PrivateKeyInfo::new(pkcs1::ALGORITHM_ID, &der);
                wrapped.to_der().map(|der| Self(Zeroizing::new(der))).map_err(|_| AppKeyError::BrokenDer)
            }
            "PRIVATE KEY" => {
                let info = pkcs8::PrivateKeyInfo::from_der(&der).map_err(|_| AppKeyError::BrokenDer)?;
                if info.algorithm.oid != pkcs1::ALGORITHM_OID {
                    return Err(AppKeyError::NotRsa);
                }
                pkcs1::RsaPrivateKey::from_der(info.private_key).map_err(|_| AppKeyError::BrokenDer)?;
                Ok(Self(der))
            }
            _ => Err(AppKeyError::NotRsa),
        }
    }

    /// The key in DER, for a [`Signer`](super::Signer).
    pub fn expose_der(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pkcs8Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Pkcs8Key([REDACTED])")
    }
}

/// Why a secret is not an App key. Contains nothing of the secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AppKeyError {
    /// The key is encrypted with a passphrase.
    #[error("the private key has a passphrase")]
    Encrypted,
    /// The key is in OpenSSH's own form.
    #[error("the private key is in OpenSSH's form")]
    OpenSsh,
    /// There is no PEM block.
    #[error("the secret is not a private key in PEM")]
    NotPem,
    /// The block is truncated or damaged.
    #[error("the private key is damaged")]
    BrokenDer,
    /// The block is a certificate, a public key or a key of another kind.
    #[error("the secret is not an RSA private key")]
    NotRsa,
}
