//! JSON for people, with the order of keys and the spelling of numbers that it came with.

/// A JSON document on several lines. It is laid out by its characters and never read into values,
/// which would lose digits of large numbers.
pub(crate) fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut string = InString::No;
    // Whether the innermost bracket has just been opened.
    let mut is_open = false;
    for character in json.chars() {
        string = string.after(character);
        if string != InString::No || character == '"' {
            begin(&mut out, &mut is_open, depth);
            out.push(character);
            continue;
        }
        match character {
            '{' | '[' => {
                begin(&mut out, &mut is_open, depth);
                out.push(character);
                depth += 1;
                is_open = true;
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !is_open {
                    new_line(&mut out, depth);
                }
                is_open = false;
                out.push(character);
            }
            ',' => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ if character.is_ascii_whitespace() => {}
            _ => {
                begin(&mut out, &mut is_open, depth);
                out.push(character);
            }
        }
    }
    out
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum InString {
    No,
    Yes,
    /// The next character is escaped.
    Escape,
}

impl InString {
    fn after(self, character: char) -> Self {
        match (self, character) {
            (Self::No, '"') | (Self::Escape, _) => Self::Yes,
            (Self::No, _) | (Self::Yes, '"') => Self::No,
            (Self::Yes, '\\') => Self::Escape,
            (Self::Yes, _) => Self::Yes,
        }
    }
}

/// The first item of an array or object begins a line; an empty one stays on its own.
fn begin(out: &mut String, is_open: &mut bool, depth: usize) {
    if std::mem::take(is_open) {
        new_line(out, depth);
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::indented;

    #[test]
    fn numbers_keys_and_strings_stay() {
        let json = r#"{"z": 1.50,"a":[1e2, "x, {\"y\": \\\"z\\\\\""],"e":[],"o":{ },"n":[[]] }"#;
        let expected = r#"{
  "z": 1.50,
  "a": [
    1e2,
    "x, {\"y\": \\\"z\\\\\""
  ],
  "e": [],
  "o": {},
  "n": [
    []
  ]
}"#;
        assert_eq!(indented(json), expected);
        assert_eq!(indented("7"), "7");
    }

    proptest! {
        #[test]
        fn it_is_the_same_document_as_serde_writes_it(texts in proptest::collection::vec(any::<String>(), 0..4)) {
            let document = json!({"a": texts, "b": {"c": texts.len()}, "d": [null, true]});
            let text = indented(&document.to_string());
            prop_assert_eq!(&text, &format!("{document:#}"));
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
            for text in texts {
                drop(indented(&text));
            }
        }
    }
}
