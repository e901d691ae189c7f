//! Pools.

use crate::text::{Violation, is_dotted_name, refuse_credential, text_key, text_newtype};

/// The name of a pool, `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, case-sensitive.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PoolId(String);
text_newtype!(PoolId, PoolId::parse);
text_key!(PoolId);

impl PoolId {
    /// Parses a pool name.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        refuse_credential(text)?;
        if is_dotted_name(text, 64) {
            return Ok(Self(text.to_owned()));
        }
        Err("must be 1 to 64 letters, digits, `.`, `_` or `-`, and begin with a letter or digit".into())
    }
}

#[cfg(test)]
mod tests {
    use super::PoolId;

    #[test]
    fn pool_names() {
        for good in ["a", "0", "maintainers", "Team.A_b-c", &"x".repeat(64)] {
            assert_eq!(PoolId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", " ", ".a", "-a", "_a", "team/a", "a b", "a\n", "ä", "a%2F", &"x".repeat(65)] {
            assert!(PoolId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
