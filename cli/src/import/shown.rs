//! Texts of a dump in messages.

/// Prefixes of the tokens of GitHub and of octopool, with how many characters follow at least.
const TOKENS: [(&str, usize); 8] = [
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("op_", 32),
    ("opa_", 32),
];

/// A token from before 2021, or a client secret of an App: so many hexadecimal digits.
const HEX_DIGITS: usize = 40;

/// How much of a text is shown.
const LONGEST: usize = 60;

/// Whether a text is a credential or contains one.
pub(super) fn is_credential(text: &str) -> bool {
    let is_of_word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    let is_token = |word: &str| {
        let is_hex = word.len() == HEX_DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let has_prefix =
            |(prefix, more): (&str, usize)| word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= more);
        is_hex || TOKENS.into_iter().any(has_prefix)
    };
    text.contains("-----BEGIN") || text.split(|character| !is_of_word(character)).any(is_token)
}

/// The beginning of a text on one line. Control characters and what reorders text are replaced:
/// they could make a plan look like another one.
pub(super) fn shown(text: &str) -> String {
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let is_deceptive = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let clean = |character: char| if is_deceptive(character) { ' ' } else { character };
    let mut shown: String = text.chars().take(LONGEST).map(clean).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{is_credential, shown};

    #[test]
    fn credentials_are_recognized_and_names_are_not() {
        let letters = "a1".repeat(22);
        for prefix in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "op_", "opa_"] {
            assert!(is_credential(&format!("{prefix}{letters}")), "{prefix}");
            assert!(is_credential(&format!("Bearer {prefix}{letters}")), "{prefix}");
        }
        assert!(is_credential("abcdef0123456789abcdef0123456789abcdef01"));
        assert!(is_credential("-----BEGIN RSA PRIVATE KEY-----"));
        for name in ["ghp_mona", "OCTOPOOL_PAT_MONA", "op_key_of_the_pool", "", "maintainers"] {
            assert!(!is_credential(name), "{name}");
        }
    }

    #[test]
    fn a_text_is_shown_on_one_line_and_not_in_full() {
        assert_eq!(shown("a\nb\u{1b}\u{202e}c"), "a b  c");
        assert_eq!(shown(""), "(empty)");
        assert_eq!(shown(&"x".repeat(99)).chars().count(), 61);
    }
}
