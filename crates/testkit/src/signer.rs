//! RS256 without WebCrypto.

use futures_util::future::BoxFuture;
use octopool_worker::ports::Pkcs8Key;
use octopool_worker::ports::{Signer, SignerError};
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _};

/// Signs with the `rsa` crate, which is for tests only: it is slow in wasm, and has
/// RUSTSEC-2023-0071.
pub(crate) struct NativeSigner;

impl Signer for NativeSigner {
    fn rs256<'a>(
        &'a self,
        key: &'a Pkcs8Key,
        message: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, SignerError>> {
        Box::pin(async move {
            let key = RsaPrivateKey::from_pkcs8_der(key.expose_der()).map_err(|_| SignerError)?;
            let signature = SigningKey::<Sha256>::new(key).try_sign(message).map_err(|_| SignerError)?;
            Ok(signature.to_vec())
        })
    }
}
