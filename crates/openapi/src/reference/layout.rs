//! Markdown and JSON as people write them: prose of 100 columns, short objects on one line.

use serde_json::Value;

/// Where prose wraps (CONTRIBUTING).
const COLUMNS: usize = 100;
/// A list or an object that fits into so many columns is written on one line.
const ONE_LINE: usize = 92;

/// Paragraphs and list items, wrapped. Lines of a paragraph are joined before.
pub(super) fn wrapped(text: &str) -> String {
    let mut out = String::new();
    for paragraph in text.split("\n\n") {
        // Each item of a list begins a line of its own.
        for item in paragraph.replace("\n- ", "\u{0}- ").split('\u{0}') {
            let indent = if item.starts_with("- ") { "  " } else { "" };
            wrap(item, indent, &mut out);
        }
        out.push('\n');
    }
    out
}

fn wrap(text: &str, indent: &str, out: &mut String) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > COLUMNS {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out.push('\n');
}

/// Text as the cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Words as code, separated by commas.
pub(super) fn code_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// JSON for people: what fits into a line is on one, and small fields share lines.
pub(super) fn json(value: &Value) -> String {
    indented(value, 0)
}

fn indented(value: &Value, indent: usize) -> String {
    let line = one_line(value);
    if indent + line.len() <= ONE_LINE || !(value.is_object() || value.is_array()) {
        return line;
    }
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    let mut lines: Vec<String> = Vec::new();
    let mut shares = false;
    for (name, part) in parts(value) {
        let text = format!("{name}{}", indented(part, indent + 2));
        let small = !(part.is_object() || part.is_array());
        match lines.last_mut() {
            Some(last) if shares && small && indent + last.len() + text.len() + 4 <= ONE_LINE => {
                last.push_str(", ");
                last.push_str(&text);
            }
            _ => lines.push(text),
        }
        shares = small;
    }
    let inner = " ".repeat(indent + 2);
    format!("{open}\n{inner}{}\n{}{close}", lines.join(&format!(",\n{inner}")), " ".repeat(indent))
}

fn one_line(value: &Value) -> String {
    let (open, close) = match value {
        Value::Object(_) => ('{', '}'),
        Value::Array(_) => ('[', ']'),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return value.to_string(),
    };
    let parts: Vec<_> = parts(value).map(|(name, part)| format!("{name}{}", one_line(part))).collect();
    format!("{open}{}{close}", parts.join(", "))
}

/// The values in an object, each with its name in front, or those in a list.
fn parts(value: &Value) -> impl Iterator<Item = (String, &Value)> {
    let fields = value.as_object().into_iter().flatten();
    let fields = fields.map(|(name, part)| (format!("{}: ", Value::from(name.as_str())), part));
    let items = value.as_array().into_iter().flatten().map(|part| (String::new(), part));
    fields.chain(items)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{cell, json, wrapped};

    #[test]
    fn prose_wraps_and_items_of_a_list_begin_lines() {
        let words = "word ".repeat(30);
        let text = wrapped(&format!("{words}\n\n- {words}\n- short"));
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), 2, "{text}");
        assert!(text.contains("\n\n- word"), "{text}");
    }

    #[test]
    fn json_is_on_few_lines_and_stays_the_same() {
        let short = json!({"a": 1, "b": [true, null]});
        assert_eq!(json(&short), r#"{"a": 1, "b": [true, null]}"#);
        let long = json!({"list": vec![short; 9], "name": "n".repeat(80), "of": {}, "other": 2});
        let text = json(&long);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(long));
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    }

    #[test]
    fn a_cell_has_one_line_and_no_bar() {
        assert_eq!(cell("a |\n b"), "a \\| b");
    }
}
