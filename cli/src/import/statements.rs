//! The statements of an SQL dump, with their lines and what they are about. Nothing is executed
//! here, and statements that are of no use are not looked into.

/// A statement of a dump.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Statement<'a> {
    /// Its text, without the semicolon.
    pub(super) text: &'a str,
    /// The line that it begins on.
    pub(super) line: usize,
}

/// What a statement does.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// It creates a table of this name.
    CreateTable(String),
    /// It inserts into a table of this name.
    Insert(String),
    /// Anything else.
    Other,
}

/// The statements that create tables and insert into them.
pub(super) fn statements(text: &str) -> impl Iterator<Item = (Kind, Statement<'_>)> {
    // The statements in the body of a trigger end with semicolons, too.
    let mut is_inside = false;
    split(text).filter_map(move |statement| {
        let words = words(statement.text, 8);
        let is_trigger = words.first().is_some_and(|word| word == "create")
            && words.iter().take(3).any(|word| word == "trigger");
        if is_inside || is_trigger {
            is_inside = words != ["end"];
            return None;
        }
        Some((kind(&words), statement)).filter(|(kind, _)| *kind != Kind::Other)
    })
}

fn kind(words: &[String]) -> Kind {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create", "table", "if", "not", "exists", name, ..] | ["create", "table", name, ..] => {
            Kind::CreateTable((*name).to_owned())
        }
        ["insert" | "replace", "into", name, ..] | ["insert", "or", _, "into", name, ..] => {
            Kind::Insert((*name).to_owned())
        }
        _ => Kind::Other,
    }
}

/// Splits at the semicolons that are outside of quotes and comments.
fn split(text: &str) -> impl Iterator<Item = Statement<'_>> {
    let (mut rest, mut line) = (text, 1);
    std::iter::from_fn(move || {
        loop {
            let begin = blank(rest);
            line += newlines(&rest[..begin]);
            rest = &rest[begin..];
            if rest.is_empty() {
                return None;
            }
            let end = end_of_statement(rest);
            let statement = Statement { text: &rest[..end], line };
            line += newlines(statement.text);
            rest = rest.get(end + 1..).unwrap_or_default();
            if !statement.text.is_empty() {
                return Some(statement);
            }
        }
    })
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// How many bytes at the beginning are white space and comments.
fn blank(text: &str) -> usize {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let after = skip_comment(trimmed);
        if after.len() == trimmed.len() {
            return text.len() - trimmed.len();
        }
        rest = after;
    }
}

/// The text after a comment, if it begins with one.
fn skip_comment(text: &str) -> &str {
    let end = if text.starts_with("--") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        text.find("*/").map_or(text.len(), |at| at + 2)
    } else {
        0
    };
    &text[end..]
}

/// Where the statement at the beginning ends: at its semicolon, or at the end of the text.
fn end_of_statement(text: &str) -> usize {
    let mut rest = text;
    while let Some(at) = rest.find([';', '\'', '"', '`', '[', '-', '/']) {
        rest = &rest[at..];
        if rest.starts_with(';') {
            return text.len() - rest.len();
        }
        let after = skip_comment(rest);
        rest = if after.len() == rest.len() { skip_quoted(rest) } else { after };
    }
    text.len()
}

/// The text after a quoted name or string, or after one character. A doubled quote ends one quoted
/// part and begins the next, which is the same for this purpose.
fn skip_quoted(text: &str) -> &str {
    let closing = match text.as_bytes().first() {
        Some(b'[') => ']',
        Some(b'\'') => '\'',
        Some(b'"') => '"',
        Some(b'`') => '`',
        _ => return text.get(1..).unwrap_or_default(),
    };
    let inside = &text[1..];
    inside.find(closing).map_or("", |end| &inside[end + 1..])
}

/// The first words of a statement in lower case, names without their quotes.
fn words(statement: &str, count: usize) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), statement);
    while words.len() < count {
        rest = &rest[blank(rest)..];
        let Some(first) = rest.chars().next() else { break };
        let after = match first {
            '\'' | '"' | '`' | '[' => skip_quoted(rest),
            _ if is_of_word(first) => rest.trim_start_matches(is_of_word),
            _ => break,
        };
        let word = &rest[..rest.len() - after.len()];
        words.push(word.trim_matches(['\'', '"', '`', '[', ']']).to_ascii_lowercase());
        rest = after;
    }
    words
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Kind, split, statements};

    fn texts(dump: &str) -> Vec<(usize, &str)> {
        split(dump).map(|statement| (statement.line, statement.text)).collect()
    }

    #[test]
    fn semicolons_in_quotes_and_comments_end_nothing() {
        for (dump, expected) in [
            ("a;b", vec![(1, "a"), (1, "b")]),
            (";; \n;a ;", vec![(2, "a ")]),
            (
                "x 'a;''b' ;\ny \"c;\" ; z [d;] ; `e;`",
                vec![(1, "x 'a;''b' "), (2, "y \"c;\" "), (2, "z [d;] "), (2, "`e;`")],
            ),
            ("-- one;\na -- two;\n;/* ; */b/*;*/", vec![(2, "a -- two;\n"), (3, "b/*;*/")]),
            ("a - b / c;d", vec![(1, "a - b / c"), (1, "d")]),
            ("'open ; for ever", vec![(1, "'open ; for ever")]),
            ("", vec![]),
            ("-- only a comment", vec![]),
        ] {
            assert_eq!(texts(dump), expected, "{dump}");
        }
    }

    #[test]
    fn only_tables_and_their_rows_are_of_use() {
        let dump = "PRAGMA defer_foreign_keys=TRUE;\n\
            CREATE TABLE IF NOT EXISTS \"pools\" (id TEXT);\n\
            CREATE TABLE callers(id);\n\
            INSERT INTO \"pools\" VALUES('a;b');\n\
            INSERT OR IGNORE INTO [callers] (\"id\") VALUES(1);\n\
            CREATE TRIGGER t AFTER INSERT ON pools BEGIN INSERT INTO pools VALUES(1); INSERT INTO pools VALUES(2); END;\n\
            ATTACH 'x' AS y; CREATE VIEW v AS SELECT 1; DELETE FROM pools; UPDATE pools SET id = 1;\n\
            /* c */ insert /* d */ into `Callers` values (2);";
        let found: Vec<_> = statements(dump).map(|(kind, statement)| (kind, statement.line)).collect();
        let (pools, callers) = (|| "pools".to_owned(), || "callers".to_owned());
        assert_eq!(
            found,
            [
                (Kind::CreateTable(pools()), 2),
                (Kind::CreateTable(callers()), 3),
                (Kind::Insert(pools()), 4),
                (Kind::Insert(callers()), 5),
                (Kind::Insert(callers()), 8),
            ]
        );
    }

    proptest! {
        #[test]
        fn no_text_panics_and_nothing_is_lost_but_semicolons(dump in "[a;'\"`\\[\\]/*\n -ü]{0,60}") {
            let kept: String = split(&dump).map(|statement| statement.text).collect();
            let code = |text: &str| text.replace([';', ' ', '\n'], "").len();
            prop_assert!(code(&kept) <= code(&dump));
            prop_assert!(dump.contains(['-', '/', ';', ' ', '\n']) || kept == dump);
        }
    }
}
