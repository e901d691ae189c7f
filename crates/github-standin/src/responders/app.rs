//! `GET /app` and `GET /app/installations/{installation_id}`: JWT only.

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::model::State;
use crate::views::apps;

/// Which App signed this?
pub(crate) fn get(state: &mut State, call: &Call<'_>) -> Outcome {
    call.caller.require_app()?;
    let app = state.app.as_ref().ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(apps::app(app, state, call.urls)))
}

/// Where is it installed, with what, suspended or not?
pub(crate) fn get_installation(state: &mut State, call: &Call<'_>) -> Outcome {
    call.caller.require_app()?;
    let app = state.app.as_ref().ok_or_else(Answer::not_found)?;
    let installation = call
        .id("installation_id")
        .and_then(|id| state.installations.get(id))
        .ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(apps::installation(installation, app, state, call.urls)))
}
