//! The Cache API.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use js_sys::Array;
use octopool_core::relay::CacheKey;
use wasm_bindgen::JsCast as _;
use worker::send::SendFuture;

use super::bridge;
use crate::ports::EdgeCache;
use crate::ports::coordinator::Shared;

/// The default cache of the data center. The head of an entry is stored in a header, in base64url
/// because headers are ASCII.
pub(super) struct CacheApi;

impl EdgeCache for CacheApi {
    fn find(&self, key: &CacheKey) -> BoxFuture<'_, Option<Shared>> {
        let url = url(key);
        Box::pin(SendFuture::new(async move {
            let found = bridge::find_cached(&url).await.ok()?.dyn_into::<Array>().ok()?;
            let head = URL_SAFE_NO_PAD.decode(found.get(0).as_string()?).ok()?;
            Some(Shared { head: String::from_utf8(head).ok()?, body: bridge::bytes_of(&found.get(1)) })
        }))
    }

    fn store(&self, key: &CacheKey, entry: Shared, lifetime: Duration) -> BoxFuture<'_, ()> {
        let url = url(key);
        Box::pin(SendFuture::new(async move {
            let head = URL_SAFE_NO_PAD.encode(&entry.head);
            // A failed write only causes another miss.
            let _ = bridge::keep_cached(&url, &head, lifetime.as_secs_f64().floor(), &entry.body).await;
        }))
    }
}

/// A URL in a reserved domain, so that no request from outside can address the entry. Only Workers
/// of this zone can read it.
fn url(key: &CacheKey) -> String {
    format!("https://cache.octopool.invalid/{}", key.as_str())
}
