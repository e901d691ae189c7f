//! What the parsed names have in common.

use std::borrow::Cow;

/// A rule that a value breaks, as a phrase that follows the field's name: `must not be blank`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub Cow<'static, str>);

impl From<&'static str> for Violation {
    fn from(phrase: &'static str) -> Self {
        Self(Cow::Borrowed(phrase))
    }
}

/// Gives a newtype over checked text what every one of them needs; the `parse` is its own.
macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text_newtype;

/// Whether `text` is `[A-Za-z0-9][A-Za-z0-9._-]{0,max-1}`, the form of octopool's own names.
pub(crate) fn is_dotted_name(text: &str, max: usize) -> bool {
    text.len() <= max
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
