//! Versions of stored objects, which prevent lost updates.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::text::text_newtype;

/// The opaque version of an object or a document. Clients can only compare two versions for
/// equality.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Version(String);
text_newtype!(Version);

impl Version {
    /// The version of this content: equal contents have equal versions.
    pub fn of(state: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(state)))
    }

    /// The version of a stored object, from its revision number.
    pub fn numbered(revision: i64) -> Self {
        Self(revision.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn equal_states_have_equal_versions_and_others_have_not() {
        assert_eq!(Version::of("{}"), Version::of("{}"));
        assert_ne!(Version::of("{}"), Version::of("{ }"));
        assert_eq!(Version::of("").as_str().len(), 43);
    }
}
