//! Versions of what is stored, by which a lost update is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::text::text_newtype;

/// The version of an object: a digest of what an operator can change about it. Two states that read the same are the
/// same version, so that a change that was undone refuses nobody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Version(String);
text_newtype!(Version);

impl Version {
    /// The version of this state.
    pub fn of(state: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(state)))
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
