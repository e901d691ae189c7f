//! `GET /app`, `GET /app/installations` and `GET /app/installations/{installation_id}`: JWT only.

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::pages::Page;
use crate::model::State;
use crate::views::apps;

/// Which App signed this?
pub(crate) fn get(state: &mut State, call: &Call<'_>) -> Outcome {
    let app = state.apps.get(call.caller.require_app()?).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(apps::app(app, state, call.urls)))
}

/// Where is it installed?
pub(crate) fn list_installations(state: &mut State, call: &Call<'_>) -> Outcome {
    let app = state.apps.get(call.caller.require_app()?).ok_or_else(Answer::not_found)?;
    let installations = state.installations.iter().filter(|it| it.app == app.id);
    let view = |it| apps::installation(it, app, state, call.urls);
    Ok(Page::new(call, "/app/installations", installations, view).answer())
}

/// With what, suspended or not?
pub(crate) fn get_installation(state: &mut State, call: &Call<'_>) -> Outcome {
    let app = state.apps.get(call.caller.require_app()?).ok_or_else(Answer::not_found)?;
    let installation = call
        .id("installation_id")
        .and_then(|id| state.installations.of(app.id, id))
        .ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(apps::installation(installation, app, state, call.urls)))
}
