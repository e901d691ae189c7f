//! Who may come in: admins by a token, callers by a token and a proof of membership that is renewed.
//! All of it fails closed.

mod admin;
mod caller;
mod membership;

pub use admin::{Admin, AdminDenied, authorize_admin};
pub use caller::{CallerDenied, admit, authenticate};
pub use membership::{MembershipError, org_token, verify_with_org_token, verify_with_own_token};
