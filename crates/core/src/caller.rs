//! Callers.

use crate::text::{Violation, is_dotted_name, text_newtype};

/// octopool's id of a caller. Ours are UUIDs; one that an operator wrote by hand may be any name of 1 to 80 characters.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CallerId(String);
text_newtype!(CallerId);

impl CallerId {
    /// Reads a caller's id.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if is_dotted_name(text, 80) {
            return Ok(Self(text.to_owned()));
        }
        Err("must be the id of a caller, as the list of callers shows it".into())
    }
}

#[cfg(test)]
mod tests {
    use super::CallerId;

    #[test]
    fn ids_of_callers() {
        for good in ["5a0d1f7e-0000-4000-8000-000000000001", "c1"] {
            assert_eq!(CallerId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a/b", "..", "a b", &"x".repeat(81)] {
            assert!(CallerId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
