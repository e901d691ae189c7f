//! `GET /_logs/{job_id}`: where the logs of jobs are unless the state says otherwise. On GitHub
//! that is another host's blob storage.

use http::StatusCode;

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::caller::Identity;
use crate::model::State;

/// The log as text. The address itself is the credential; like the storage GitHub uses, this
/// refuses any other.
pub(crate) fn get(_: &mut State, call: &Call<'_>) -> Outcome {
    if !matches!(call.caller.identity, Identity::Anonymous) {
        let error = b"<Error><Code>InvalidAuthenticationInfo</Code></Error>".to_vec();
        return Err(Answer::raw("application/xml", error).with_status(StatusCode::BAD_REQUEST));
    }
    let job = call.id("job_id").ok_or_else(Answer::not_found)?;
    let text = format!("2026-01-01T00:00:00.0000000Z Job {job} begins\n2026-01-01T00:00:01.0000000Z Done\n");
    Ok(Answer::raw("text/plain; charset=utf-8", text.into_bytes()))
}
