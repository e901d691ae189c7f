//! Characters to tokens.
//!
//! <https://spec.graphql.org/October2021/#sec-Language.Source-Text.Lexical-Tokens>

use std::iter::Peekable;
use std::str::Chars;

use super::QueryError;

/// The smallest unit of a query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Int(i64),
    Text(String),
    Punctuator(char),
}

/// Splits a query. Commas, white space and comments mean nothing in GraphQL.
pub(super) fn tokens(query: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = Vec::new();
    let mut rest = query.chars().peekable();
    while let Some(&next) = rest.peek() {
        match next {
            '#' => skip_comment(&mut rest),
            c if c.is_whitespace() || c == ',' || c == '\u{feff}' => {
                rest.next();
            }
            '"' => tokens.push(text(&mut rest)?),
            '_' | 'A'..='Z' | 'a'..='z' => {
                tokens.push(Token::Name(take(&mut rest, |c| c == '_' || c.is_ascii_alphanumeric())));
            }
            '-' | '0'..='9' => tokens.push(number(&mut rest)?),
            '{' | '}' | '(' | ')' | ':' | '$' | '!' | '=' | '[' | ']' => {
                tokens.push(Token::Punctuator(next));
                rest.next();
            }
            other => return Err(unexpected(&other.to_string())),
        }
    }
    Ok(tokens)
}

pub(super) fn unexpected(what: &str) -> QueryError {
    QueryError::new(format!("Parse error on {what:?} (github-standin reads a small part of GraphQL only)"))
}

fn take(rest: &mut Peekable<Chars<'_>>, wanted: impl Fn(char) -> bool) -> String {
    let mut taken = String::new();
    while let Some(c) = rest.next_if(|c| wanted(*c)) {
        taken.push(c);
    }
    taken
}

fn skip_comment(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| *c != '\n').is_some() {}
}

fn number(rest: &mut Peekable<Chars<'_>>) -> Result<Token, QueryError> {
    let digits = take(rest, |c| c == '-' || c.is_ascii_digit());
    digits.parse().map(Token::Int).map_err(|_| unexpected(&digits))
}

fn text(rest: &mut Peekable<Chars<'_>>) -> Result<Token, QueryError> {
    let mut text = String::new();
    rest.next();
    loop {
        match rest.next() {
            Some('"') => return Ok(Token::Text(text)),
            Some('\\') => match rest.next() {
                Some(c @ ('"' | '\\' | '/')) => text.push(c),
                _ => return Err(unexpected("\\")),
            },
            Some(c) if c != '\n' => text.push(c),
            _ => return Err(unexpected("an unterminated string")),
        }
    }
}
