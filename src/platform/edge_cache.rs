//! The Cache API.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use octopool_core::relay::CacheKey;
use worker::send::SendFuture;
use worker::{Cache, Response};

use crate::ports::EdgeCache;
use crate::ports::coordinator::Shared;

/// Where an entry's head stands, in base64url: a header is ASCII.
const HEAD: &str = "x-octopool-head";

/// The default cache of the data center.
pub(super) struct CacheApi;

impl EdgeCache for CacheApi {
    fn find(&self, key: &CacheKey) -> BoxFuture<'_, Option<Shared>> {
        let url = url(key);
        Box::pin(SendFuture::new(async move {
            let response = Cache::default().get(url, false).await.ok()??;
            let head = URL_SAFE_NO_PAD.decode(response.headers().get(HEAD).ok()??).ok()?;
            let head = String::from_utf8(head).ok()?;
            Some(Shared { head, body: super::bytes::read(response).await.ok()? })
        }))
    }

    fn store(&self, key: &CacheKey, entry: Shared, lifetime: Duration) -> BoxFuture<'_, ()> {
        let url = url(key);
        Box::pin(SendFuture::new(async move {
            // What is not stored is asked for again.
            let _ = store(url, &entry, lifetime).await;
        }))
    }
}

async fn store(url: String, entry: &Shared, lifetime: Duration) -> worker::Result<()> {
    let response = Response::from_bytes(entry.body.to_vec())?;
    let headers = response.headers();
    headers.set(HEAD, &URL_SAFE_NO_PAD.encode(&entry.head))?;
    headers.set("cache-control", &format!("public, max-age={}", lifetime.as_secs()))?;
    Cache::default().put(url, response).await
}

/// An address that belongs to nobody: only Workers of this zone see the entry, and a request from outside cannot name it.
fn url(key: &CacheKey) -> String {
    format!("https://cache.octopool.invalid/{}", key.as_str())
}
