//! Checks a document against the table, and plans it: what is selected (`selections`) with which
//! arguments (`arguments`), how much of it (`bounds`, `connections`), what the roots ask about
//! (`roots`), and whether the document is one at all (`validity`).

mod arguments;
mod bounds;
mod connections;
mod roots;
mod selections;
mod validity;

use serde_json::{Map, Value as Json};

use self::roots::About;
use super::plan::{Lines, Plan};
use super::syntax::{self, Document};
use super::table::{Kind, QUERY, TypeId, row, type_named};
use super::values::Variables;
use super::{Caller, GraphqlRequest, Refused, Repository};

/// Checks a request.
pub(super) fn check(request: &GraphqlRequest<'_>, caller: &Caller<'_>) -> Result<(Plan, About), Refused> {
    let text = request.query;
    bounds::check_length(text)?;
    let lines = Lines::of(text);
    let document = syntax::read(text).map_err(|error| {
        if error.too_large {
            Refused::TooLarge { message: format!("The document is too large: {}", error.message) }
        } else {
            malformed(error.message, Some(lines.position(error.at)))
        }
    })?;
    let operation = chosen(&document, request.operation_name)?;
    for kind in ["mutation", "subscription"] {
        if operation.kind == kind {
            return Err(Refused::NotARead { operation: kind });
        }
    }
    validity::check_document(&document, operation)?;
    let variables =
        Variables { declared: &operation.variables, given: request.variables, login: caller.login.as_str() };
    check_variables(&lines, operation, request.variables)?;
    let mut checker = Checker {
        lines: &lines,
        document: &document,
        variables,
        caller,
        path: Vec::new(),
        left: bounds::MOST_SELECTIONS,
        about: About::default(),
        bound: Vec::new(),
        kinds: Vec::new(),
    };
    let mut set = Vec::new();
    checker.set(&operation.set, QUERY, 1, bounds::DEEPEST, &mut set)?;
    bounds::check_about(&checker.about)?;
    let (about, bound, kinds) = (checker.about, checker.bound, checker.kinds);
    let plan = Plan { set, bound, kinds, lines };
    Ok((plan, about))
}

fn malformed(message: impl Into<String>, location: Option<(u32, u32)>) -> Refused {
    Refused::Malformed { message: message.into(), location }
}

fn chosen<'d, 'a>(
    document: &'d Document<'a>,
    name: Option<&str>,
) -> Result<&'d syntax::Operation<'a>, Refused> {
    let operations = &document.operations;
    match (name, operations.as_slice()) {
        (Some(name), _) => operations
            .iter()
            .find(|one| one.name == Some(name))
            .ok_or_else(|| malformed(format!("No operation named {name:?}"), None)),
        (None, [one]) => Ok(one),
        (None, []) => Err(malformed("A query attribute must be specified and must be a string.", None)),
        (None, _) => Err(malformed("An operation name is required", None)),
    }
}

/// Whether every variable that must have a value has one.
fn check_variables(
    lines: &Lines,
    operation: &syntax::Operation<'_>,
    given: &Map<String, Json>,
) -> Result<(), Refused> {
    for variable in &operation.variables {
        let (shown, name) = (&variable.ty.shown, variable.name);
        let at = Some(lines.position(variable.at));
        let known = type_named(variable.ty.name).map(|ty| row(ty).kind);
        if !matches!(known, Some(Kind::Scalar | Kind::Enum | Kind::Input)) {
            return Err(Refused::NotServed {
                path: Vec::new(),
                what: variable.ty.name.to_owned(),
                reason: format!(
                    "The variable ${name} is of the type {}, which is not served.",
                    variable.ty.name
                ),
                location: at,
            });
        }
        let missing = match given.get(name) {
            Some(value) => value.is_null(),
            None => variable.default.is_none(),
        };
        if variable.ty.required && missing {
            return Err(malformed(
                format!("Variable ${name} of type {shown} was provided invalid value"),
                at,
            ));
        }
    }
    Ok(())
}

struct Checker<'a> {
    lines: &'a Lines,
    document: &'a Document<'a>,
    variables: Variables<'a>,
    caller: &'a Caller<'a>,
    /// The response keys that lead to where the check is.
    path: Vec<String>,
    /// How many selections may still be.
    left: usize,
    about: About,
    bound: Vec<Repository>,
    kinds: Vec<TypeId>,
}

impl Checker<'_> {
    fn malformed(&self, message: impl Into<String>, at: usize) -> Refused {
        malformed(message, Some(self.lines.position(at)))
    }

    fn not_served(&self, what: impl Into<String>, reason: impl Into<String>, at: usize) -> Refused {
        Refused::NotServed {
            path: self.path.clone(),
            what: what.into(),
            reason: reason.into(),
            location: Some(self.lines.position(at)),
        }
    }
}
