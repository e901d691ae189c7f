//! `/_logs/{job}`: where the logs of jobs are unless the state says otherwise. On GitHub that is another host's blob storage.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State as Shared};
use axum::response::Response;
use axum::routing::get;
use http::{StatusCode, header};

use crate::exchange::answer::Answer;
use crate::exchange::call::Incoming;
use crate::world::World;

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new().route("/_logs/{job}", get(show))
}

/// The log as text. The address itself is the credential; like the storage GitHub uses, this refuses any other.
async fn show(Shared(world): Shared<Arc<World>>, Path(job): Path<u64>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let incoming = Incoming::new(&parts, bytes::Bytes::new());
    let (_, record, _) = world.admit(&incoming);
    let answer = if parts.headers.contains_key(header::AUTHORIZATION) {
        Answer::raw("application/xml", b"<Error><Code>InvalidAuthenticationInfo</Code></Error>".to_vec())
            .with_status(StatusCode::BAD_REQUEST)
    } else {
        let text =
            format!("2026-01-01T00:00:00.0000000Z Job {job} begins\n2026-01-01T00:00:01.0000000Z Done\n");
        Answer::raw("text/plain; charset=utf-8", text.into_bytes())
    };
    world.observe(&record, answer.status);
    answer.into_response()
}
