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
#[cfg(unix)]
mod clients_document;
mod declarative;
mod doctor;
mod errors;
#[cfg(unix)]
mod gh;
#[cfg(unix)]
mod gh_socket;
#[cfg(unix)]
mod gh_table;
mod governance;
mod health;
mod import;
mod login;
#[cfg(unix)]
mod operations;
mod problems;
mod process;
#[cfg(unix)]
mod provisioning;
mod proxy;
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
