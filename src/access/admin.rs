//! The admin.

use octopool_core::same_secret;
use secrecy::ExposeSecret as _;

use crate::config::ADMIN_TOKEN;
use crate::ports::Secrets;

/// Why a bearer does not open the admin's endpoints.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AdminDenied {
    /// The deployment has no admin token, so nobody is the admin.
    #[error("no admin token is configured")]
    Unconfigured,
    /// Nothing was sent.
    #[error("no bearer was sent")]
    Missing,
    /// Something else was sent.
    #[error("the bearer is not the admin token")]
    Wrong,
}

/// Decides whether the bearer is the admin token. The comparison is over digests and in constant time: how much
/// of a guess is right does not show in how long the answer takes.
pub fn authorize_admin(secrets: &dyn Secrets, bearer: Option<&str>) -> Result<(), AdminDenied> {
    let expected = secrets.find(ADMIN_TOKEN).ok_or(AdminDenied::Unconfigured)?;
    let bearer = bearer.ok_or(AdminDenied::Missing)?;
    if same_secret(bearer, expected.expose_secret()) { Ok(()) } else { Err(AdminDenied::Wrong) }
}
