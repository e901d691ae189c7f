//! What the admin sets up: callers and identities.

mod caller;
mod credential;
mod identity;
mod verify;

pub use caller::{NewCaller, ProvisionError, ProvisionedCaller, provision_caller};
pub use credential::{CredentialError, mint_installation_token, mint_narrow_token};
pub use identity::{RegisterError, RegisteredIdentity, Warning, register_identity};
pub use verify::{Check, Verification, verify_identity};
