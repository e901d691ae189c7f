//! The API in process: the real router, SQL and migrations, and a GitHub that behaves like GitHub.
//! The modules mirror the URLs; what holds of all of them is in `rules`, `auth_matrix` and `races`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin {
    mod audit {
        mod cut;
        mod export;
        mod head;
        mod list;
        mod verify;
    }
    mod app_ids;
    mod bound_clients;
    mod caller_lifecycle;
    mod callers;
    mod credentials;
    mod doctor;
    mod identities;
    mod identity_lifecycle;
    mod inference;
    mod paging;
    mod pools;
    mod state;
    mod tokens;
    mod unreadable_rows;
    mod verify {
        mod app;
        mod both;
        mod pat;
        mod support;
    }
}
mod architecture;
mod auth_matrix;
mod client;
mod discovery;
mod documents;
mod faults;
mod forbidden;
mod health;
mod idempotency;
mod login;
mod membership;
mod migrations;
mod openapi;
mod provisioning {
    mod credentials;
    mod databases;
    mod keys;
    mod names;
    mod pages;
    mod refusals;
    mod settings;
}
mod races;
mod refusals;
mod relay {
    mod addresses;
    mod blame;
    mod bodies;
    mod cache;
    mod confined;
    mod counts;
    mod faults;
    mod graphql {
        mod generated;
        mod independent {
            mod faults;
            mod forms;
            mod private;
            mod sharing;
            mod support;
        }
        mod private;
        mod reads;
        mod replay;
        mod reviews;
        mod support;
    }
    mod growth;
    mod guard;
    mod hygiene;
    mod independent {
        mod credentials;
        mod growth;
        mod life;
        mod private;
        mod refusals;
        mod repositories;
        mod rest;
        mod searches;
    }
    mod org_budget;
    mod questions;
    mod request;
    mod rest;
    mod rest_refusals;
    mod selection;
    mod tokens;
}
mod root;
mod rules;
mod schema;
mod stats;
mod support;
