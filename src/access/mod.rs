//! Authentication: admins by a token; callers by a token and a proof of membership that is renewed.
//! All of it fails closed.

pub(crate) mod http;
pub(crate) mod sql;

mod admin;
mod caller;
mod membership;

pub(crate) use crate::sql::TokenHolder;
pub(crate) use admin::{Admin, AdminDenied, authorize_admin};
pub(crate) use caller::{CallerDenied, Granted, admit, authenticate, authenticate_anywhere};
pub(crate) use membership::{MembershipError, org_token, verify_with_org_token, verify_with_own_token};
