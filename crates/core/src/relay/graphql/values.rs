//! Values of arguments: variables become literals, and every value must fit the table.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use super::syntax::{Value, Variable};
use super::table::{ArgumentRow, Kind, TypeId, Wrap, row};

/// A value without variables.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// A number, `true`, `false`, `null`, or the value of an enum, as it is written.
    Word(String),
    Text(String),
    List(Vec<Literal>),
    Object(Vec<(&'static str, Literal)>),
}

impl Literal {
    pub(super) fn null() -> Self {
        Self::Word("null".to_owned())
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Word(word) if word == "null")
    }

    /// The text of a string.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// As GraphQL writes it.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Word(word) => out.push_str(word),
            // JSON's escapes are GraphQL's.
            Self::Text(text) => out.push_str(&Json::from(text.as_str()).to_string()),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                write_named(fields, out);
                out.push('}');
            }
        }
    }
}

/// Arguments, or the fields of an object.
pub(super) fn write_named(named: &[(&'static str, Literal)], out: &mut String) {
    for (index, (name, value)) in named.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        // Writing into a string does not fail.
        let _ = write!(out, "{comma}{name}:");
        value.write(out);
    }
}

/// The variables of a request.
#[derive(Clone, Copy)]
pub(super) struct Variables<'a> {
    pub(super) declared: &'a [Variable<'a>],
    pub(super) given: &'a Map<String, Json>,
    /// What `@me` stands for.
    pub(super) login: &'a str,
}

/// What is wrong with a value, as a sentence.
pub(super) type Unfit = String;

/// A value as it is given, of a document or of the request's variables.
enum Given<'a> {
    Written(&'a Value<'a>),
    Json(&'a Json),
}

impl Variables<'_> {
    /// The value for an argument; `None` if there is none, and then the argument is left out.
    pub(super) fn literal(
        &self,
        value: &Value<'_>,
        argument: &ArgumentRow,
    ) -> Result<Option<Literal>, Unfit> {
        self.fit(&Given::Written(value), argument.ty, argument.wrap)
    }

    /// Whether the condition of `@include` or `@skip` holds.
    pub(super) fn condition(&self, value: &Value<'_>) -> Result<bool, Unfit> {
        let unfit = || "The argument `if` must be a Boolean.".to_owned();
        match value {
            Value::Word("true") => Ok(true),
            Value::Word("false") => Ok(false),
            Value::Variable(name) => match self.find(name)? {
                Some(Given::Json(Json::Bool(value))) => Ok(*value),
                Some(Given::Written(Value::Word(word @ ("true" | "false")))) => Ok(*word == "true"),
                _ => Err(unfit()),
            },
            _ => Err(unfit()),
        }
    }

    /// The value of a variable: given, or its default.
    fn find<'s>(&'s self, name: &str) -> Result<Option<Given<'s>>, Unfit> {
        let declared = self.declared.iter().find(|one| one.name == name);
        let declared = declared.ok_or_else(|| format!("Variable ${name} is used but not declared"))?;
        let given = self.given.get(name).map(Given::Json);
        Ok(given.or_else(|| declared.default.as_ref().map(Given::Written)))
    }

    /// Whether a variable of its type may be here; one with a default may be where null may not
    /// (<https://spec.graphql.org/October2021/#sec-All-Variable-Usages-are-Allowed>).
    fn check_type(&self, name: &str, ty: TypeId, wrap: Wrap) -> Result<(), Unfit> {
        let Some(declared) = self.declared.iter().find(|one| one.name == name) else { return Ok(()) };
        let shown = declared.ty.shown.as_str();
        let is_given = declared.default.as_ref().is_some_and(|it| !matches!(it, Value::Word("null")));
        let wanted = if is_given { wrap.optional() } else { wrap };
        if admits(shown, row(ty).name.text(), wanted) {
            return Ok(());
        }
        Err(format!("the variable ${name} is of the type {shown}, which does not fit"))
    }

    fn fit(&self, value: &Given<'_>, ty: TypeId, wrap: Wrap) -> Result<Option<Literal>, Unfit> {
        if let Given::Written(Value::Variable(name)) = value {
            self.check_type(name, ty, wrap)?;
            return match self.find(name)? {
                // A default has no variables, so this ends.
                Some(Given::Written(Value::Variable(_))) => Err(format!("Variable ${name} has no value")),
                Some(found) => self.fit(&found, ty, wrap),
                None => Ok(None),
            };
        }
        if matches!(value, Given::Json(Json::Null) | Given::Written(Value::Word("null"))) {
            return if wrap.is_required() { Err(unfit(value, ty)) } else { Ok(Some(Literal::null())) };
        }
        if wrap.is_list() {
            return self.list(value, ty, wrap).map(Some);
        }
        match row(ty).kind {
            Kind::Enum => self::word(value, ty),
            Kind::Input => self.object(value, ty),
            Kind::Scalar => scalar(value, ty).map(|one| {
                if one.text().is_some_and(is_me) { Literal::Text(self.login.to_owned()) } else { one }
            }),
            Kind::Object | Kind::Interface | Kind::Union => Err(unfit(value, ty)),
        }
        .map(Some)
    }

    fn list(&self, value: &Given<'_>, ty: TypeId, wrap: Wrap) -> Result<Literal, Unfit> {
        let items: Vec<Given<'_>> = match value {
            Given::Written(Value::List(items)) => items.iter().map(Given::Written).collect(),
            Given::Json(Json::Array(items)) => items.iter().map(Given::Json).collect(),
            // One value is a list of one.
            Given::Written(one) => vec![Given::Written(one)],
            Given::Json(one) => vec![Given::Json(one)],
        };
        let item = wrap.item();
        let mut fitting = Vec::with_capacity(items.len());
        for one in &items {
            match self.fit(one, ty, item)? {
                Some(literal) => fitting.push(literal),
                None if item.is_required() => return Err(unfit(one, ty)),
                None => fitting.push(Literal::null()),
            }
        }
        Ok(Literal::List(fitting))
    }

    fn object(&self, value: &Given<'_>, ty: TypeId) -> Result<Literal, Unfit> {
        let given: Vec<(&str, Given<'_>)> = match value {
            Given::Written(Value::Object(fields)) => {
                fields.iter().map(|(name, value)| (*name, Given::Written(value))).collect()
            }
            Given::Json(Json::Object(fields)) => {
                fields.iter().map(|(name, value)| (name.as_str(), Given::Json(value))).collect()
            }
            Given::Written(_) | Given::Json(_) => return Err(unfit(value, ty)),
        };
        let inputs = row(ty).inputs();
        if let Some((name, _)) =
            given.iter().find(|(name, _)| !inputs.iter().any(|one| one.name.text() == *name))
        {
            return Err(format!("`{}.{name}` is not served", row(ty).name.text()));
        }
        let mut fields = Vec::new();
        for input in inputs {
            let name = input.name.text();
            let mut same = given.iter().filter(|(given, _)| *given == name);
            let literal = match same.next() {
                Some((_, value)) => self.fit(value, input.ty, input.wrap)?,
                None => None,
            };
            match literal {
                _ if same.next().is_some() => return Err(format!("`{name}` is given more than once")),
                Some(literal) => fields.push((name, literal)),
                None if input.wrap.is_required() && !input.default => {
                    return Err(format!("`{}.{name}` is missing", row(ty).name.text()));
                }
                None => {}
            }
        }
        Ok(Literal::Object(fields))
    }
}

/// GitHub would take it for the identity.
fn is_me(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("@me")
}

/// Whether a variable whose type is written so fits where this type is wanted.
fn admits(shown: &str, name: &str, wanted: Wrap) -> bool {
    let inner = shown.strip_suffix('!');
    if wanted.is_required() && inner.is_none() {
        return false;
    }
    let inner = inner.unwrap_or(shown);
    match inner.strip_prefix('[').and_then(|items| items.strip_suffix(']')) {
        Some(items) => wanted.is_list() && admits(items, name, wanted.item()),
        None => !wanted.is_list() && inner == name,
    }
}

fn word(value: &Given<'_>, ty: TypeId) -> Result<Literal, Unfit> {
    let word = match value {
        Given::Written(Value::Word(word)) => *word,
        Given::Json(Json::String(word)) => word.as_str(),
        Given::Written(_) | Given::Json(_) => return Err(unfit(value, ty)),
    };
    let known = row(ty).values().iter().any(|name| name.text() == word);
    if known { Ok(Literal::Word(word.to_owned())) } else { Err(unfit(value, ty)) }
}

fn scalar(value: &Given<'_>, ty: TypeId) -> Result<Literal, Unfit> {
    let name = row(ty).name.text();
    let number = |text: String| Ok(Literal::Word(text));
    match (name, value) {
        ("Int", Given::Written(Value::Int(digits))) if digits.parse::<i32>().is_ok() => {
            number((*digits).to_owned())
        }
        ("Int", Given::Json(Json::Number(digits)))
            if digits.as_i64().is_some_and(|it| i32::try_from(it).is_ok()) =>
        {
            number(digits.to_string())
        }
        ("Float", Given::Written(Value::Int(digits) | Value::Float(digits))) => number((*digits).to_owned()),
        ("Float", Given::Json(Json::Number(digits))) => number(digits.to_string()),
        ("Boolean", Given::Written(Value::Word(word @ ("true" | "false")))) => number((*word).to_owned()),
        ("Boolean", Given::Json(Json::Bool(it))) => number(it.to_string()),
        ("Int" | "Float" | "Boolean", _) => Err(unfit(value, ty)),
        ("ID", Given::Written(Value::Int(digits))) => Ok(Literal::Text((*digits).to_owned())),
        ("ID", Given::Json(Json::Number(digits))) if digits.is_i64() || digits.is_u64() => {
            Ok(Literal::Text(digits.to_string()))
        }
        (_, Given::Written(Value::Text(text)) | Given::Json(Json::String(text))) => {
            Ok(Literal::Text(text.clone()))
        }
        (_, Given::Written(_) | Given::Json(_)) => Err(unfit(value, ty)),
    }
}

fn unfit(value: &Given<'_>, ty: TypeId) -> Unfit {
    let shown = match value {
        Given::Written(Value::Word(word) | Value::Int(word) | Value::Float(word)) => (*word).to_owned(),
        Given::Written(Value::Text(text)) => format!("{text:?}"),
        Given::Written(_) => "a list or an object".to_owned(),
        Given::Json(json) => json.to_string(),
    };
    format!("{shown} is not a value of the type {}", row(ty).name.text())
}
