//! What the admin sets up: callers and identities.

mod caller;
mod credential;
mod identity;
mod verify;

pub use caller::{
    NewCaller, PlannedCaller, ProvisionError, ProvisionedCaller, plan_caller, provision_caller,
};
pub(crate) use credential::app_id;
pub use credential::{
    Confined, CredentialError, Installed, NotConfined, find_public_repositories, is_app_id,
    mint_confined_token,
};
pub use identity::{RegisterError, RegisteredIdentity, Warning, register_identity};
pub use verify::{
    Check, Fault, LARGEST_SKEW_SECONDS, MAX_REQUESTS, Subject, Verification, verify_identity, verify_subject,
};
pub(crate) use verify::{Refusal, difference, skew};
