//! Calls into JavaScript that would otherwise be many: a call between WebAssembly and JavaScript
//! for each header, parameter, row and column costs more than one text that holds all of them.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/platform/bridge.js")]
extern "C" {
    /// The head of a request as JSON: `[method, url, [[name, value], …]]`.
    pub(super) fn head(request: &web_sys::Request) -> String;

    /// What the environment has under a name: a text, null for nothing, `true` for anything else.
    pub(super) fn bound(env: &JsValue, name: &str) -> JsValue;

    /// An answer with headers as [`header_pairs`] writes them.
    pub(super) fn respond(status: u16, headers: &str, body: &[u8]) -> web_sys::Response;

    /// Runs `[[sql, [parameter, …]], …]` as one batch and answers the rows of each statement as
    /// JSON. The error is D1's text.
    #[wasm_bindgen(catch)]
    pub(super) async fn batch(database: &JsValue, statements: &str) -> Result<JsValue, JsValue>;

    /// Sends a message to the Durable Object of this name: a `Uint8Array`, or null if the object
    /// failed.
    #[wasm_bindgen(catch)]
    pub(super) async fn ask(namespace: &JsValue, name: &str, message: &[u8]) -> Result<JsValue, JsValue>;

    /// The entry of the cache: `[head, body]` or null.
    #[wasm_bindgen(catch, js_name = "match")]
    pub(super) async fn find_cached(url: &str) -> Result<JsValue, JsValue>;

    /// Puts an entry into the cache.
    #[wasm_bindgen(catch, js_name = "put")]
    pub(super) async fn keep_cached(
        url: &str,
        head: &str,
        seconds: f64,
        body: &[u8],
    ) -> Result<JsValue, JsValue>;

    /// One request to another host: `[status, headers, body]`, or a text that says why there is no
    /// answer.
    pub(super) async fn exchange(
        url: &str,
        method: &str,
        headers: &str,
        body: &[u8],
        milliseconds: f64,
        most_bytes: f64,
    ) -> JsValue;
}

/// Headers as `[[name, value], …]` in JSON. A value that is not text is left out: no header of ours
/// is one, and none that is passed on.
pub(super) fn header_pairs(headers: &HeaderMap) -> String {
    let pairs = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    serde_json::to_string(&pairs.collect::<Vec<_>>()).unwrap_or_else(|_| "[]".to_owned())
}

/// Headers out of such pairs. What the runtime takes and `http` does not is no header that matters
/// here.
pub(super) fn headers_of(pairs: Vec<(String, String)>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// The bytes of a `Uint8Array`, copied out of JavaScript in one piece.
pub(super) fn bytes_of(array: &JsValue) -> Bytes {
    Uint8Array::new(array).to_vec().into()
}

/// What JavaScript threw, as text.
pub(super) fn thrown(error: &JsValue) -> String {
    error.as_string().unwrap_or_else(|| format!("{error:?}"))
}
