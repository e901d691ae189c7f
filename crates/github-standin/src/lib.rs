//! A stand-in for GitHub.
//!
//! It answers a small part of GitHub's REST and GraphQL API as GitHub does: it checks App JWTs,
//! knows who is a member of what, keeps rate limits and `ETag`s, and refuses with GitHub's statuses
//! and messages. What it answers comes from a [`State`] that tests edit; what goes wrong comes from
//! [`Fault`]s. Unknown routes are a loud 501.
//!
//! ```
//! use octopool_github_standin::{Credentials, Effect, Fault, GithubStandin, State, demo};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials::generate()?;
//! let github = GithubStandin::start(State::demo(&credentials)?).await?;
//! // … point a client at github.base_url(), with credentials.tokens.org …
//! github.edit(|state| state.rename_account(demo::HUBOT, "hubot-2"))?;
//! github.fault(Fault::on("GET", "/user", Effect::status(500)).once());
//! assert_eq!(github.requests(), []);
//! # Ok(())
//! # }
//! ```
//!
//! The model is in [`model`], one file per area; `responders/` turns it into answers; `exchange/`
//! is everything all answers have in common. House rules for this crate: nothing secret is ever
//! recorded, printed or in a `Debug` output.

mod call;
mod control;
pub mod demo;
mod edits;
mod exchange;
mod faults;
mod graphql;
mod jwt;
pub mod keys;
pub mod model;
mod random;
mod recording;
mod responders;
mod server;
mod views;
mod world;

pub use demo::credentials::{Credentials, CredentialsError, DemoTokens};
pub use exchange::routes::routes;
pub use faults::{Effect, Fault};
pub use jwt::sign as sign_jwt;
pub use model::principal::Principal;
pub use model::quotas::Resource;
pub use model::{EditError, State};
pub use recording::RecordedRequest;
pub use server::{GithubStandin, Options};
pub use world::Observer;
