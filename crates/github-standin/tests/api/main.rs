//! The stand-in, asked over real HTTP on loopback. One file per area; tests are sentences about
//! GitHub.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "in a test's own functions a step that fails is a test that fails"
)]

mod access_tokens;
mod actions;
mod app;
mod clients;
mod conditional;
mod control;
mod downloads;
mod enterprise;
mod faults;
mod gh_documents;
mod git;
mod graphql;
mod graphql_limits;
mod graphql_reads;
mod installation;
mod issues;
mod lists;
mod manifests;
mod members;
mod openapi;
mod program;
mod rate_limits;
mod recording;
mod releases;
mod repositories;
mod search;
mod support;
mod users;
