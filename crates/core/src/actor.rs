//! Who did something, for the audit.

use std::borrow::Cow;

/// Who did it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The root: the holder of the deployment's own admin token.
    Admin,
    /// The holder of the admin token of this name.
    AdminToken(String),
    /// The caller that the event is about.
    Caller,
    /// Somebody who was not let in.
    Anonymous,
}

impl Actor {
    /// How the audit calls it; a caller without its id.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Admin => "admin".into(),
            Self::AdminToken(name) => format!("admin:{name}").into(),
            Self::Caller => "caller".into(),
            Self::Anonymous => "anonymous".into(),
        }
    }
}
