//! One entry per route, in the order of the router's table.

mod admin_tokens;
mod audit;
mod callers;
mod doctor;
mod identities;
mod login;
mod open;
mod pools;
mod relay;
mod state;
mod usage;

use http::Method;

use crate::operation::Operation;

/// Every route there is.
pub fn operations() -> Vec<Operation> {
    [
        open::operations(),
        callers::operations(),
        pools::operations(),
        identities::operations(),
        audit::operations(),
        state::operations(),
        admin_tokens::operations(),
        doctor::operations(),
        login::operations(),
        relay::operations(),
        usage::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn get(id: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::GET, id, path, summary)
}

fn post(id: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::POST, id, path, summary)
}

fn patch(id: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::PATCH, id, path, summary)
}

fn delete(id: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::DELETE, id, path, summary).answers_nothing(204)
}
