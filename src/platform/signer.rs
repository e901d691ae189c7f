//! WebCrypto.

use futures_util::future::BoxFuture;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};
use worker::send::SendFuture;

use crate::ports::{Pkcs8Key, Signer, SignerError};

/// `crypto.subtle`.
pub(super) struct WebCrypto;

impl Signer for WebCrypto {
    fn rs256<'a>(
        &'a self,
        key: &'a Pkcs8Key,
        message: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, SignerError>> {
        Box::pin(SendFuture::new(
            async move { sign(key.expose_der(), message).await.map_err(|_| SignerError) },
        ))
    }
}

/// Imports the key as non-extractable, and signs.
async fn sign(der: &[u8], message: &[u8]) -> Result<Vec<u8>, JsValue> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
    let subtle: SubtleCrypto = Reflect::get(&crypto, &"subtle".into())?.unchecked_into();
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"RSASSA-PKCS1-v1_5".into())?;
    Reflect::set(&algorithm, &"hash".into(), &"SHA-256".into())?;
    let usages = Array::of1(&"sign".into());
    let der = Uint8Array::from(der);
    let key = subtle.import_key_with_object("pkcs8", &der, &algorithm, false, &usages)?;
    let key: CryptoKey = JsFuture::from(key).await?.unchecked_into();
    // Erase the key's copy in JavaScript's heap.
    der.fill(0, 0, der.length());
    let message = Uint8Array::from(message);
    let signature =
        JsFuture::from(subtle.sign_with_object_and_buffer_source(&algorithm, &key, &message)?).await?;
    Ok(Uint8Array::new(&signature).to_vec())
}
