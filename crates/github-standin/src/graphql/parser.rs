//! Tokens to a query: one operation, fields with arguments, no fragments, no directives.
//!
//! <https://spec.graphql.org/October2021/#sec-Language.Document>

use std::iter::Peekable;
use std::vec::IntoIter;

use serde_json::{Value, json};

use super::QueryError;
use super::lexer::{self, Token, unexpected};

/// The one operation of a document.
#[derive(Debug, PartialEq)]
pub(super) struct Operation {
    pub(super) variables: Vec<Variable>,
    pub(super) fields: Vec<Field>,
}

/// `$login: String! = "mona"`.
#[derive(Debug, PartialEq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) default: Option<Value>,
}

/// `alias: name(arguments) { fields }`.
#[derive(Debug, PartialEq)]
pub(super) struct Field {
    /// Where the value stands in the answer: the alias, or the name.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) arguments: Vec<(String, Argument)>,
    pub(super) fields: Vec<Field>,
}

/// What stands behind the colon of an argument.
#[derive(Debug, PartialEq)]
pub(super) enum Argument {
    Value(Value),
    Variable(String),
}

/// Reads a document.
pub(super) fn parse(query: &str) -> Result<Operation, QueryError> {
    let mut parser = Parser { tokens: lexer::tokens(query)?.into_iter().peekable() };
    let variables = parser.operation_head()?;
    let fields = parser.selection()?;
    match parser.tokens.next() {
        None => Ok(Operation { variables, fields }),
        Some(token) => Err(unexpected(&format!("{token:?}"))),
    }
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
}

impl Parser {
    /// `query Name($login: String!)`, all of it optional.
    fn operation_head(&mut self) -> Result<Vec<Variable>, QueryError> {
        if self.tokens.peek() == Some(&Token::Punctuator('{')) {
            return Ok(Vec::new());
        }
        if self.name()? != "query" {
            return Err(QueryError::new("github-standin answers queries only"));
        }
        self.tokens.next_if(|token| matches!(token, Token::Name(_)));
        let mut variables = Vec::new();
        if self.skip('(') {
            while !self.skip(')') {
                variables.push(self.variable()?);
            }
        }
        Ok(variables)
    }

    fn variable(&mut self) -> Result<Variable, QueryError> {
        self.expect('$')?;
        let name = self.name()?;
        self.expect(':')?;
        let kind = self.name()?;
        let required = self.skip('!');
        let default = if self.skip('=') { Some(self.constant()?) } else { None };
        Ok(Variable { name, kind, required, default })
    }

    fn selection(&mut self) -> Result<Vec<Field>, QueryError> {
        self.expect('{')?;
        let mut fields = Vec::new();
        while !self.skip('}') {
            fields.push(self.field()?);
        }
        if fields.is_empty() { Err(unexpected("}")) } else { Ok(fields) }
    }

    fn field(&mut self) -> Result<Field, QueryError> {
        let key = self.name()?;
        let name = if self.skip(':') { self.name()? } else { key.clone() };
        let mut arguments = Vec::new();
        if self.skip('(') {
            while !self.skip(')') {
                let name = self.name()?;
                self.expect(':')?;
                arguments.push((name, self.argument()?));
            }
        }
        let nested = self.tokens.peek() == Some(&Token::Punctuator('{'));
        let fields = if nested { self.selection()? } else { Vec::new() };
        Ok(Field { key, name, arguments, fields })
    }

    fn argument(&mut self) -> Result<Argument, QueryError> {
        if self.skip('$') {
            Ok(Argument::Variable(self.name()?))
        } else {
            Ok(Argument::Value(self.constant()?))
        }
    }

    fn constant(&mut self) -> Result<Value, QueryError> {
        match self.tokens.next() {
            Some(Token::Int(number)) => Ok(json!(number)),
            Some(Token::Text(text)) => Ok(json!(text)),
            Some(Token::Name(name)) if name == "null" => Ok(Value::Null),
            other => Err(unexpected(&format!("{other:?}"))),
        }
    }

    fn name(&mut self) -> Result<String, QueryError> {
        match self.tokens.next() {
            Some(Token::Name(name)) => Ok(name),
            other => Err(unexpected(&format!("{other:?}"))),
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), QueryError> {
        if self.skip(wanted) { Ok(()) } else { Err(unexpected(&format!("{:?}", self.tokens.peek()))) }
    }

    fn skip(&mut self, wanted: char) -> bool {
        self.tokens.next_if_eq(&Token::Punctuator(wanted)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_with_everything_is_read() {
        let query = r"query Q($l: String!, $a: String = null) { # who?
            me: user(login: $l) { organizations(first: 10, after: $a) { totalCount } }
        }";
        let operation = parse(query).unwrap();
        assert_eq!(operation.variables.len(), 2);
        let field = &operation.fields[0];
        assert_eq!((field.key.as_str(), field.name.as_str()), ("me", "user"));
        assert_eq!(field.arguments, [("login".to_owned(), Argument::Variable("l".to_owned()))]);
        assert_eq!(field.fields[0].arguments[0], ("first".to_owned(), Argument::Value(json!(10))));
    }

    #[test]
    fn what_is_not_a_query_is_refused() {
        for query in
            ["", "{", "{}", "mutation { x }", "{ a } { b }", "{ ...F }", "{ a(b:) }", "{ a(b: \"x) }"]
        {
            assert!(parse(query).is_err(), "{query}");
        }
    }
}
