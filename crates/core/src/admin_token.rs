//! Names of admin tokens.

use crate::text::{Violation, is_dotted_name, refuse_credential, text_newtype};

/// The name of an admin token, in lists and in the audit: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AdminTokenName(String);
text_newtype!(AdminTokenName);

impl AdminTokenName {
    /// Parses a name.
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
    use super::AdminTokenName;

    #[test]
    fn names() {
        for good in ["ci", "Release.Bot_2-x", &"x".repeat(64)] {
            assert_eq!(AdminTokenName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "a b", "a:b", "-a", &"x".repeat(65)] {
            assert!(AdminTokenName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
