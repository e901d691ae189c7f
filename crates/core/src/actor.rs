//! The principal of an event in the audit.

use std::borrow::Cow;

/// The principal that caused an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The root admin, with the deployment's own admin token.
    Admin,
    /// The holder of the admin token of this name.
    AdminToken(String),
    /// The caller that the event is about.
    Caller,
    /// The caller with this id.
    CallerWithId(String),
    /// A client that was refused before it was authenticated.
    Anonymous,
}

impl Actor {
    /// The actor as the audit stores it; for a caller, without its id.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Admin => "admin".into(),
            Self::AdminToken(name) => format!("admin:{name}").into(),
            Self::Caller => "caller".into(),
            Self::CallerWithId(id) => format!("caller:{id}").into(),
            Self::Anonymous => "anonymous".into(),
        }
    }
}
