//! The syntax of a request's document
//! (<https://spec.graphql.org/October2021/#sec-Language>). The tokens are apollo's; its parser
//! keeps every space and would be the larger half of the Worker's GraphQL.

use std::borrow::Cow;

use apollo_parser::{Lexer, Token, TokenKind};

/// A document of more tokens is not read. The largest of gh has about 1,000.
const MOST_TOKENS: usize = 10_000;
/// How deep selections and values may be nested; gh's are nested ten levels deep.
const DEEPEST: usize = 40;

/// Where something is in the document, in bytes.
pub(super) type At = usize;

#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    pub(super) operations: Vec<Operation<'a>>,
    pub(super) fragments: Vec<Fragment<'a>>,
}

#[derive(Debug)]
pub(super) struct Operation<'a> {
    /// `query`, `mutation` or `subscription`.
    pub(super) kind: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) variables: Vec<Variable<'a>>,
    pub(super) set: Vec<Selection<'a>>,
}

#[derive(Debug)]
pub(super) struct Variable<'a> {
    pub(super) name: &'a str,
    pub(super) ty: TypeText<'a>,
    pub(super) default: Option<Value<'a>>,
    pub(super) at: At,
}

/// The type of a variable.
#[derive(Debug)]
pub(super) struct TypeText<'a> {
    /// As it is written, without spaces.
    pub(super) shown: String,
    pub(super) name: &'a str,
    pub(super) required: bool,
}

#[derive(Debug)]
pub(super) struct Fragment<'a> {
    pub(super) name: &'a str,
    pub(super) on: &'a str,
    pub(super) set: Vec<Selection<'a>>,
}

#[derive(Debug)]
pub(super) struct Selection<'a> {
    pub(super) at: At,
    pub(super) directives: Vec<(&'a str, Arguments<'a>)>,
    pub(super) what: What<'a>,
}

#[derive(Debug)]
pub(super) enum What<'a> {
    Field { alias: Option<&'a str>, name: &'a str, arguments: Arguments<'a>, set: Vec<Selection<'a>> },
    Spread(&'a str),
    Inline { on: Option<&'a str>, set: Vec<Selection<'a>> },
}

pub(super) type Arguments<'a> = Vec<(&'a str, Value<'a>)>;

#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Variable(&'a str),
    /// A number as it is written.
    Int(&'a str),
    Float(&'a str),
    Text(String),
    /// `true`, `false`, `null`, and values of enums.
    Word(&'a str),
    List(Vec<Value<'a>>),
    Object(Arguments<'a>),
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) message: Cow<'static, str>,
    pub(super) at: At,
    /// Whether it is only too much.
    pub(super) too_large: bool,
}

type Read<T> = Result<T, SyntaxError>;

/// Reads a document.
pub(super) fn read(text: &str) -> Read<Document<'_>> {
    let mut tokens = Vec::new();
    for token in Lexer::new(text).with_limit(MOST_TOKENS) {
        let token = token.map_err(|error| SyntaxError {
            message: Cow::Owned(format!("Parse error: {}", error.message())),
            at: error.index(),
            too_large: error.is_limit(),
        })?;
        match token.kind() {
            TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma => {}
            _ => tokens.push(token),
        }
    }
    let mut reader = Reader { tokens: &tokens, end: text.len() };
    let mut document = Document::default();
    while reader.kind() != TokenKind::Eof {
        reader.definition(&mut document)?;
    }
    Ok(document)
}

struct Reader<'a, 't> {
    tokens: &'t [Token<'a>],
    end: usize,
}

impl<'a> Reader<'a, '_> {
    fn kind(&self) -> TokenKind {
        self.tokens.first().map_or(TokenKind::Eof, Token::kind)
    }

    fn word(&self) -> &'a str {
        self.tokens.first().map_or("", Token::data)
    }

    fn at(&self) -> At {
        self.tokens.first().map_or(self.end, Token::index)
    }

    fn unexpected<T>(&self) -> Read<T> {
        let message = match self.kind() {
            TokenKind::Eof => Cow::Borrowed("Unexpected end of document"),
            _ => Cow::Owned(format!("Parse error on {:?}", self.word())),
        };
        Err(SyntaxError { message, at: self.at(), too_large: false })
    }

    /// The next token, which must be of this kind.
    fn expect(&mut self, kind: TokenKind) -> Read<&'a str> {
        if self.kind() != kind || kind == TokenKind::Eof {
            return self.unexpected();
        }
        let word = self.word();
        self.tokens = self.tokens.get(1..).unwrap_or_default();
        Ok(word)
    }

    /// Goes past the next token if it is of this kind.
    fn take(&mut self, kind: TokenKind) -> bool {
        self.kind() == kind && self.expect(kind).is_ok()
    }

    fn name(&mut self) -> Read<&'a str> {
        self.expect(TokenKind::Name)
    }

    fn deeper(&self, depth: usize) -> Read<usize> {
        depth.checked_sub(1).ok_or_else(|| SyntaxError {
            message: Cow::Owned(format!("The document is nested more than {DEEPEST} levels deep.")),
            at: self.at(),
            too_large: true,
        })
    }

    fn definition(&mut self, document: &mut Document<'a>) -> Read<()> {
        if self.kind() == TokenKind::LCurly {
            let set = self.set(DEEPEST)?;
            document.operations.push(Operation { kind: "query", name: None, variables: Vec::new(), set });
            return Ok(());
        }
        match self.word() {
            kind @ ("query" | "mutation" | "subscription") => {
                self.name()?;
                let name = if self.kind() == TokenKind::Name { Some(self.name()?) } else { None };
                let variables = self.variables()?;
                self.no_directives()?;
                let set = self.set(DEEPEST)?;
                document.operations.push(Operation { kind, name, variables, set });
            }
            "fragment" => {
                self.name()?;
                let name = self.name()?;
                if name == "on" || self.word() != "on" {
                    return self.unexpected();
                }
                self.name()?;
                let on = self.name()?;
                self.no_directives()?;
                let set = self.set(DEEPEST)?;
                document.fragments.push(Fragment { name, on, set });
            }
            _ => return self.unexpected(),
        }
        Ok(())
    }

    fn variables(&mut self) -> Read<Vec<Variable<'a>>> {
        let mut all = Vec::new();
        if !self.take(TokenKind::LParen) {
            return Ok(all);
        }
        while !self.take(TokenKind::RParen) {
            let at = self.at();
            self.expect(TokenKind::Dollar)?;
            let name = self.name()?;
            self.expect(TokenKind::Colon)?;
            let ty = self.type_text()?;
            let default = if self.take(TokenKind::Eq) { Some(self.value(DEEPEST)?) } else { None };
            self.no_directives()?;
            all.push(Variable { name, ty, default, at });
        }
        Ok(all)
    }

    fn type_text(&mut self) -> Read<TypeText<'a>> {
        let mut shown = String::new();
        let mut lists = 0;
        while self.take(TokenKind::LBracket) {
            shown.push('[');
            lists += 1;
        }
        let name = self.name()?;
        shown.push_str(name);
        let mut required = self.take(TokenKind::Bang);
        shown.push_str(if required { "!" } else { "" });
        for _ in 0..lists {
            self.expect(TokenKind::RBracket)?;
            required = self.take(TokenKind::Bang);
            shown.push_str(if required { "]!" } else { "]" });
        }
        Ok(TypeText { shown, name, required })
    }

    fn set(&mut self, depth: usize) -> Read<Vec<Selection<'a>>> {
        let depth = self.deeper(depth)?;
        self.expect(TokenKind::LCurly)?;
        let mut set = Vec::new();
        loop {
            set.push(self.selection(depth)?);
            if self.take(TokenKind::RCurly) {
                return Ok(set);
            }
        }
    }

    fn selection(&mut self, depth: usize) -> Read<Selection<'a>> {
        let at = self.at();
        if !self.take(TokenKind::Spread) {
            return self.field(at, depth);
        }
        if self.kind() == TokenKind::Name && self.word() != "on" {
            let name = self.name()?;
            return Ok(Selection { at, directives: self.directives()?, what: What::Spread(name) });
        }
        let on = if self.take(TokenKind::Name) { Some(self.name()?) } else { None };
        let directives = self.directives()?;
        let set = self.set(depth)?;
        Ok(Selection { at, directives, what: What::Inline { on, set } })
    }

    fn field(&mut self, at: At, depth: usize) -> Read<Selection<'a>> {
        let first = self.name()?;
        let (alias, name) =
            if self.take(TokenKind::Colon) { (Some(first), self.name()?) } else { (None, first) };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let set = if self.kind() == TokenKind::LCurly { self.set(depth)? } else { Vec::new() };
        Ok(Selection { at, directives, what: What::Field { alias, name, arguments, set } })
    }

    /// GitHub has no directive for this place.
    fn no_directives(&self) -> Read<()> {
        if self.kind() == TokenKind::At { self.unexpected() } else { Ok(()) }
    }

    fn directives(&mut self) -> Read<Vec<(&'a str, Arguments<'a>)>> {
        let mut all = Vec::new();
        while self.take(TokenKind::At) {
            all.push((self.name()?, self.arguments()?));
        }
        Ok(all)
    }

    fn arguments(&mut self) -> Read<Arguments<'a>> {
        let mut all = Vec::new();
        if self.take(TokenKind::LParen) {
            loop {
                all.push(self.argument(DEEPEST)?);
                if self.take(TokenKind::RParen) {
                    break;
                }
            }
        }
        Ok(all)
    }

    fn argument(&mut self, depth: usize) -> Read<(&'a str, Value<'a>)> {
        let name = self.name()?;
        self.expect(TokenKind::Colon)?;
        Ok((name, self.value(depth)?))
    }

    fn value(&mut self, depth: usize) -> Read<Value<'a>> {
        let depth = self.deeper(depth)?;
        let at = self.at();
        let kind = self.kind();
        let word = self.expect(kind)?;
        Ok(match kind {
            TokenKind::Dollar => Value::Variable(self.name()?),
            TokenKind::Int => Value::Int(word),
            TokenKind::Float => Value::Float(word),
            TokenKind::Name => Value::Word(word),
            TokenKind::StringValue => match string(word) {
                Some(text) => Value::Text(text),
                None => {
                    return Err(SyntaxError {
                        message: "Parse error on a string".into(),
                        at,
                        too_large: false,
                    });
                }
            },
            TokenKind::LBracket => {
                let mut items = Vec::new();
                while !self.take(TokenKind::RBracket) {
                    items.push(self.value(depth)?);
                }
                Value::List(items)
            }
            TokenKind::LCurly => {
                let mut fields = Vec::new();
                while !self.take(TokenKind::RCurly) {
                    fields.push(self.argument(depth)?);
                }
                Value::Object(fields)
            }
            _ => {
                let message = Cow::Owned(format!("Parse error on {word:?}"));
                return Err(SyntaxError { message, at, too_large: false });
            }
        })
    }
}

/// The text of a string token. Strings of one line have JSON's escapes.
fn string(token: &str) -> Option<String> {
    match token.strip_prefix("\"\"\"").and_then(|rest| rest.strip_suffix("\"\"\"")) {
        Some(block) => Some(block_string(block)),
        // A tab may be in a string here, and not in JSON.
        None => serde_json::from_slice(token.replace('\t', "\\t").as_bytes()).ok(),
    }
}

/// <https://spec.graphql.org/October2021/#BlockStringValue()>
fn block_string(raw: &str) -> String {
    let raw = raw.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<_> = raw.split('\n').collect();
    let spaces = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let indented = lines.iter().skip(1).filter(|line| spaces(line) < line.len());
    let indent = indented.map(|line| spaces(line)).min().unwrap_or_default();
    let cut = lines
        .iter()
        .enumerate()
        .map(|(index, line)| if index == 0 { line } else { line.get(indent..).unwrap_or_default() });
    let cut: Vec<_> = cut.collect();
    let is_blank = |line: &&str| line.trim_start_matches([' ', '\t']).is_empty();
    let start = cut.iter().position(|line| !is_blank(line)).unwrap_or(cut.len());
    let end = cut.iter().rposition(|line| !is_blank(line)).map_or(start, |last| last + 1);
    cut.get(start..end).unwrap_or_default().join("\n")
}
