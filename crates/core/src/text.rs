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

/// Gives a newtype over checked text what every one of them needs; the `parse` is its own. With a rule,
/// it is also a text in JSON, read by that rule.
macro_rules! text_newtype {
    ($name:ident, $read:expr) => {
        crate::text::text_newtype!($name);
        crate::text::text_serde!($name, $read);
    };
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

/// Makes a type a text in JSON. A text that `$read` refuses does not deserialize.
macro_rules! text_serde {
    ($name:ident, $read:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $read(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_serde;

/// Whether `text` is `[A-Za-z0-9][A-Za-z0-9._-]{0,max-1}`, the form of octopool's own names.
pub(crate) fn is_dotted_name(text: &str, max: usize) -> bool {
    text.len() <= max
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Lets a map whose keys are such names be asked by a text. Only for a name that is equal where its text is.
macro_rules! text_key {
    ($name:ident) => {
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(crate) use text_key;
