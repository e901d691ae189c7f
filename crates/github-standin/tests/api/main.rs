//! The stand-in, asked over real HTTP on loopback. One file per area; tests are sentences about GitHub.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "in a test's own functions a step that fails is a test that fails"
)]

mod access_tokens;
mod app;
mod clients;
mod conditional;
mod control;
mod enterprise;
mod faults;
mod graphql;
mod installation;
mod members;
mod openapi;
mod program;
mod rate_limits;
mod recording;
mod repositories;
mod support;
mod users;
