//! Bodies of answers in one piece.

use bytes::Bytes;
use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use worker::{Response, ResponseBody};

/// Reads a body to its end at once. `worker` reads it piece by piece, and each piece is a turn between JavaScript and wasm: of a megabyte that is most
/// of what a hit costs.
pub(super) async fn read(response: Response) -> worker::Result<Bytes> {
    let stream = match response.body() {
        ResponseBody::Empty => return Ok(Bytes::new()),
        ResponseBody::Body(bytes) => return Ok(Bytes::copy_from_slice(bytes)),
        ResponseBody::Stream(stream) => stream,
    };
    let whole = web_sys::Response::new_with_opt_readable_stream(Some(stream))?;
    let buffer = JsFuture::from(whole.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec().into())
}
