//! Display names.

use crate::github_name::AccountLogin;
use crate::text::{Violation, refuse_credential, text_newtype};

/// The display name of a caller: 1 to 255 characters (GitHub's limit for profile names) without
/// surrounding white space.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DisplayName(String);
text_newtype!(DisplayName, DisplayName::parse);

impl DisplayName {
    /// Parses and trims a name. Line ends, which could forge lines of a log or table, and
    /// bidirectional overrides, which can disguise a name, are refused.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let name = text.trim();
        refuse_credential(name)?;
        if name.is_empty() {
            return Err("must not be blank".into());
        }
        if name.chars().count() > 255 {
            return Err("must be at most 255 characters".into());
        }
        if name.chars().any(is_deceptive) {
            return Err("must not contain control characters or bidirectional overrides".into());
        }
        Ok(Self(name.to_owned()))
    }
}

impl From<&AccountLogin> for DisplayName {
    /// Every login is also a valid display name.
    fn from(login: &AccountLogin) -> Self {
        Self(login.as_str().to_owned())
    }
}

/// Control characters, line and paragraph separators, and the characters of the "Trojan Source"
/// attack (CVE-2021-42574).
fn is_deceptive(symbol: char) -> bool {
    symbol.is_control() || matches!(symbol, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::DisplayName;

    #[test]
    fn names_for_people() {
        for (given, name) in
            [("Mona", "Mona"), (" Müller-Lüdenscheidt ", "Müller-Lüdenscheidt"), ("モナ 🐙", "モナ 🐙")]
        {
            assert_eq!(DisplayName::parse(given).unwrap().as_str(), name);
        }
        for bad in ["", " \t", "a\r\nb", "a\u{0}b", "a\u{202e}b", "a\u{2028}b", &"x".repeat(256)] {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
