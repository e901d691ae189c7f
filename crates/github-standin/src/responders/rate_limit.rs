//! `GET /rate_limit`: costs nothing itself.

use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::model::State;
use crate::model::quotas::{Quota, Resource};

/// How much of each budget is left.
pub(crate) fn get(state: &mut State, call: &Call<'_>) -> Outcome {
    let principal = call.caller.principal();
    let mut quota = |resource| view(*state.quotas.window(principal, resource, call.now), resource);
    let rate = quota(Resource::Core);
    let resources: Map<String, Value> =
        Resource::ALL.into_iter().map(|it| (it.as_str().to_owned(), quota(it))).collect();
    Ok(Answer::ok(json!({ "resources": resources, "rate": rate })))
}

fn view(quota: Quota, resource: Resource) -> Value {
    json!({
        "limit": quota.limit,
        "used": quota.used,
        "remaining": quota.remaining,
        "reset": quota.reset,
        "resource": resource.as_str(),
    })
}
