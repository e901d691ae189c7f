//! How a search is read: its words, phrases, qualifiers and operators.

use super::qualifiers::{OWNERS, PLAIN, RISKY, is_me};

/// A search, read.
pub(super) struct Search {
    /// The text that goes to GitHub. Words such as `or` are in quotes: they are words here, and
    /// must be for GitHub.
    pub(super) text: String,
    pub(super) tree: Tree,
}

/// What the operators make of the terms.
#[derive(Debug)]
pub(super) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Term(Term),
}

#[derive(Clone, Debug)]
pub(super) enum Term {
    /// Words and phrases.
    Words,
    /// A qualifier in lower case, and its value without quotes.
    Qualifier(String, String),
}

/// One token, and where it is in the text.
#[derive(Clone, Debug)]
pub(super) enum Token<'a> {
    Open,
    Close,
    And,
    Or,
    /// `NOT` and `-`.
    Not,
    /// A word or a phrase.
    Words,
    /// A word that would be an operator in capitals.
    SmallOperator,
    /// `name:value`; the value is without its quotes, and its place is that of the value with them.
    Qualifier {
        name: String,
        value: &'a str,
    },
}

pub(super) struct Placed<'a> {
    pub(super) token: Token<'a>,
    /// What may be replaced: a qualifier's value with its quotes, or the word.
    start: usize,
    end: usize,
}

impl Search {
    /// Reads a search; `None` if it has no terms, or if GitHub might read it in another way.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let tokens = tokens(text)?;
        let mut rest = tokens.as_slice();
        let tree = any(&mut rest, 0)?;
        if !rest.is_empty() {
            return None;
        }
        let text = spliced(text, &tokens, |old, token| {
            matches!(token, Token::SmallOperator).then(|| format!("\"{old}\""))
        });
        Some(Self { text, tree })
    }
}

/// The text with something else in the places of some tokens.
pub(super) fn spliced(
    text: &str,
    tokens: &[Placed<'_>],
    other: impl Fn(&str, &Token<'_>) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut from = 0;
    for placed in tokens {
        let Some(new) = text.get(placed.start..placed.end).and_then(|old| other(old, &placed.token)) else {
            continue;
        };
        out.push_str(text.get(from..placed.start).unwrap_or_default());
        out.push_str(&new);
        from = placed.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// How deep a search may be nested: GitHub allows five levels of parentheses, each of them may be
/// negated, and one is added here
/// (<https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/filtering-and-searching-issues-and-pull-requests>).
const DEEPEST: usize = 12;

/// `a OR b`, which binds less than `a b`.
fn any(rest: &mut &[Placed<'_>], depth: usize) -> Option<Tree> {
    let mut parts = vec![all(rest, depth)?];
    while let [Placed { token: Token::Or, .. }, more @ ..] = *rest {
        *rest = more;
        parts.push(all(rest, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Tree::Any(parts) })
}

/// `a b` and `a AND b`.
fn all(rest: &mut &[Placed<'_>], depth: usize) -> Option<Tree> {
    let mut parts = vec![one(rest, depth)?];
    loop {
        match rest {
            [Placed { token: Token::And, .. }, more @ ..] => *rest = more,
            [] | [Placed { token: Token::Or | Token::Close, .. }, ..] => break,
            [_, ..] => {}
        }
        // An operator without a second term would take the one that is added behind it.
        parts.push(one(rest, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Tree::All(parts) })
}

/// A term, a negated one or a group.
fn one(rest: &mut &[Placed<'_>], depth: usize) -> Option<Tree> {
    if depth > DEEPEST {
        return None;
    }
    let (first, more) = rest.split_first()?;
    *rest = more;
    match &first.token {
        Token::Not => Some(Tree::Not(Box::new(one(rest, depth + 1)?))),
        Token::Open => {
            let group = any(rest, depth + 1)?;
            let (close, more) = rest.split_first()?;
            *rest = more;
            matches!(close.token, Token::Close).then_some(group)
        }
        Token::Words | Token::SmallOperator => Some(Tree::Term(Term::Words)),
        Token::Qualifier { name, value } => {
            Some(Tree::Term(Term::Qualifier(name.clone(), (*value).to_owned())))
        }
        Token::Close | Token::And | Token::Or => None,
    }
}

/// The tokens of a search; `None` for what GitHub might take for other tokens.
pub(super) fn tokens(text: &str) -> Option<Vec<Placed<'_>>> {
    // An escaped quote may or may not end a phrase, and so may a typographic one.
    if text.contains("\\\"") || text.contains(['\u{201C}', '\u{201D}', '\u{201E}', '\u{201F}', '\u{FF02}']) {
        return None;
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(letter) = rest.chars().next() else { break };
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let mut push = |token, length| {
            tokens.push(Placed { token, start: at, end: at + length });
            at += length;
        };
        match letter {
            '(' => push(Token::Open, 1),
            ')' => push(Token::Close, 1),
            // A minus alone may or may not negate what follows; `--flag` negates a word at most.
            '-' => push(Token::Not, 1),
            _ => {
                let placed = word(rest, at)?;
                at += rest_length(rest)?;
                tokens.push(placed);
            }
        }
    }
    Some(tokens)
}

/// The length of the word or phrase that a text begins with.
fn rest_length(text: &str) -> Option<usize> {
    let (mut quoted, mut depth, mut length) = (false, 0_usize, 0);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' if depth == 0 => break,
            ')' => depth -= 1,
            _ if letter.is_whitespace() => break,
            _ => {}
        }
        length += letter.len_utf8();
    }
    // A quote that does not end; or a parenthesis within a word that may or may not begin a group.
    (!quoted && depth == 0).then_some(length)
}

/// The word, phrase or qualifier that a text begins with. Quotes are around a whole phrase or a
/// whole value, or the text is refused.
fn word(text: &str, start: usize) -> Option<Placed<'_>> {
    let length = rest_length(text)?;
    let word = text.get(..length)?;
    let placed = |token, from: usize| Some(Placed { token, start: start + from, end: start + length });
    if let Some(phrase) = word.strip_prefix('"') {
        phrase.strip_suffix('"').filter(|phrase| !phrase.contains('"'))?;
        return placed(Token::Words, 0);
    }
    if word.contains('"') && !word.ends_with('"') {
        return None;
    }
    match word {
        "AND" => return placed(Token::And, 0),
        "OR" => return placed(Token::Or, 0),
        "NOT" => return placed(Token::Not, 0),
        _ if ["and", "or", "not"].iter().any(|small| word.eq_ignore_ascii_case(small)) => {
            return placed(Token::SmallOperator, 0);
        }
        _ => {}
    }
    let Some((name, value)) = word.split_once(':') else {
        // A bare `@me` may or may not be the identity.
        return if word.contains('"') || is_me(word) { None } else { placed(Token::Words, 0) };
    };
    let lower = name.to_ascii_lowercase();
    if ["repo", "is", "visibility"].iter().chain(&OWNERS).chain(PLAIN).any(|known| *known == lower) {
        let from = name.len() + 1;
        let value = match value.strip_prefix('"') {
            Some(inner) => inner.strip_suffix('"').filter(|inner| !inner.contains('"'))?,
            None if value.contains(['"', '(', ')']) || hides_a_qualifier(value) => return None,
            None => value,
        };
        // `author: mona` may be about mona.
        if value.trim().is_empty() {
            return None;
        }
        return placed(Token::Qualifier { name: lower, value }, from);
    }
    // `panic:`, `std::vector` and `https://…` are words. Other names could be qualifiers that are
    // not known here.
    let is_text = value.is_empty() || value.starts_with([':', '/']);
    if !is_text || word.contains('"') || hides_a_qualifier(word) {
        return None;
    }
    placed(Token::Words, 0)
}

/// Whether a reader that splits words in another way could find a qualifier that matters inside of
/// a word.
fn hides_a_qualifier(word: &str) -> bool {
    word.match_indices(':').any(|(at, _)| {
        let before = word.get(..at).unwrap_or_default();
        let name = before.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').next();
        name.is_some_and(|name| RISKY.contains(&name.to_ascii_lowercase().as_str()))
    })
}
