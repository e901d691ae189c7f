//! Text from GitHub, from a server or from a file, made harmless for a terminal: control characters
//! move the cursor, retitle the window or type into the shell, and bidirectional overrides show
//! text in another order than it has.

use std::borrow::Cow;

const REPLACEMENT: char = '\u{fffd}';

/// One line: every control character is replaced, line breaks and tabs too.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|character| if is_harmful(character) { REPLACEMENT } else { character }).collect()
}

/// A document with its line breaks and tabs.
pub(crate) fn document(text: &str) -> String {
    let mut characters = text.chars().peekable();
    let mut harmless = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let is_layout = match character {
            '\n' | '\t' => true,
            // Alone it would overwrite the line.
            '\r' => characters.peek() == Some(&'\n'),
            _ => false,
        };
        harmless.push(if is_harmful(character) && !is_layout { REPLACEMENT } else { character });
    }
    harmless
}

/// Bytes that may be any text; some terminals obey control characters that are no UTF-8.
pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    document(&String::from_utf8_lossy(bytes)).into_bytes()
}

/// JSON that means the same and has no control characters. serde escapes only those below U+0020,
/// which are in no JSON text outside of line breaks.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| is_harmful(character) && character > '\u{1f}') {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|character| match character {
        character if is_harmful(character) && character > '\u{1f}' => {
            format!("\\u{:04x}", u32::from(character))
        }
        character => character.to_string(),
    });
    Cow::Owned(escaped.collect())
}

/// C0, DEL and C1 controls, and what changes the direction of text.
fn is_harmful(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{bytes, document, is_harmful, json, line};

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(
            line("a\u{1b}[31mb\r\nc ✓\u{9b}\u{202e}"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}c ✓\u{fffd}\u{fffd}"
        );
        assert_eq!(document("a\tb\r\nc\rd\u{7}\u{9d}"), "a\tb\r\nc\u{fffd}d\u{fffd}\u{fffd}");
        assert_eq!(bytes(b"a\x9b1mb"), "a\u{fffd}1mb".as_bytes());
        assert_eq!(json("{\"a\":\"\u{9b}ü\u{7f}\"}"), "{\"a\":\"\\u009bü\\u007f\"}");
    }

    proptest! {
        #[test]
        fn no_text_is_harmful_afterwards(text in any::<String>()) {
            prop_assert!(!line(&text).contains(is_harmful));
            prop_assert!(!document(&text).replace("\r\n", "").replace(['\n', '\t'], "").contains(is_harmful));
            let value = serde_json::Value::from(text);
            let written = value.to_string();
            prop_assert!(!json(&written).contains(is_harmful));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&json(&written)).unwrap(), value);
        }
    }
}
