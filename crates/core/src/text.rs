//! Common parts of the parsed names.

use std::borrow::Cow;

use crate::credential::looks_like_credential;

/// A violated rule, as a phrase that follows the field's name: `must not be blank`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub Cow<'static, str>);

impl From<&'static str> for Violation {
    fn from(phrase: &'static str) -> Self {
        Self(Cow::Borrowed(phrase))
    }
}

/// Fails for a credential, which was probably pasted instead of a name. The violation does not
/// contain the text.
pub(crate) fn refuse_credential(text: &str) -> Result<(), Violation> {
    if looks_like_credential(text) {
        return Err("must be a name, not a credential; revoke the credential that was sent".into());
    }
    Ok(())
}

/// Implements the common traits of a newtype over parsed text; the type defines its own `parse`.
/// With a rule, the type is also serialized as text and deserialized by that rule.
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

/// Serializes a type as text, and deserializes it with `$read`.
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

/// Whether `text` matches `[A-Za-z0-9][A-Za-z0-9._-]{0,max-1}`, the form of octopool's own names.
pub(crate) fn is_dotted_name(text: &str, max: usize) -> bool {
    text.len() <= max
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Allows lookups by `&str` in a map with such names as keys. Only for names that compare by their
/// text.
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
