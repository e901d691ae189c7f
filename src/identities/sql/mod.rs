//! Identities and their scopes.

pub(crate) mod lifecycle;
mod registration;

pub(crate) use registration::{RegistrationBasis, RegistrationResult, RegistrationWrite, find_for, register};
