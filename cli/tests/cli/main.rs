//! The command line as a process: help, output, exit codes, files on disk, and what reaches a
//! server.

#![expect(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "../support/mod.rs"]
mod support;

mod admin;
#[cfg(unix)]
mod app_create;
mod audit;
mod auth_file;
mod declarative;
mod doctor;
mod errors;
#[cfg(unix)]
mod gh;
mod gh_api;
mod governance;
mod health;
mod import;
mod login;
#[cfg(unix)]
mod operations;
mod problems;
mod process;
mod real_router;
mod reference;
mod request;
mod secrets;
mod stats;
mod switches;
#[cfg(unix)]
mod tables;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod tls;
mod transport;
mod whoami;
