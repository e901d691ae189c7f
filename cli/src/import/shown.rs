//! Texts of a dump in messages.

/// How much of a text is shown.
const LONGEST: usize = 60;

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
    use super::shown;

    #[test]
    fn a_text_is_shown_on_one_line_and_not_in_full() {
        assert_eq!(shown("a\nb\u{1b}\u{202e}c"), "a b  c");
        assert_eq!(shown(""), "(empty)");
        assert_eq!(shown(&"x".repeat(99)).chars().count(), 61);
    }
}
