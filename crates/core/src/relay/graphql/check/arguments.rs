//! Arguments of a field.

use super::super::Refused;
use super::super::syntax;
use super::super::table::{ArgumentRow, FieldRow, Rule};
use super::super::values::Literal;
use super::Checker;

impl Checker<'_> {
    /// Those that are given, and those that must have a certain value.
    pub(super) fn arguments(
        &self,
        it: &'static FieldRow,
        given: &syntax::Arguments<'_>,
        name: &str,
        at: usize,
    ) -> Result<Vec<(&'static str, Literal)>, Refused> {
        let known = |name: &str| it.arguments().iter().any(|one| one.name.text() == name);
        if let Some((unknown, _)) = given.iter().find(|(name, _)| !known(name)) {
            let what = format!("{name}({unknown}:)");
            return Err(self.not_served(&what, format!("The pool does not serve the argument {what}."), at));
        }
        let mut arguments = Vec::new();
        for argument in it.arguments() {
            let literal = self.argument(argument, given, at)?;
            if literal.is_none() && argument.wrap.is_required() && !argument.default {
                let message =
                    format!("Field '{name}' is missing required arguments: {}", argument.name.text());
                return Err(self.malformed(message, at));
            }
            let literal = match it.rule {
                Rule::Forced(forced, value) if forced == argument.name.text() => {
                    Some(self.forced(literal, value, argument, at)?)
                }
                _ => literal,
            };
            if let Some(literal) = literal {
                arguments.push((argument.name.text(), literal));
            }
        }
        Ok(arguments)
    }

    fn argument(
        &self,
        argument: &ArgumentRow,
        given: &syntax::Arguments<'_>,
        at: usize,
    ) -> Result<Option<Literal>, Refused> {
        let mut same = given.iter().filter(|(name, _)| *name == argument.name.text());
        let Some((name, value)) = same.next() else { return Ok(None) };
        if same.next().is_some() {
            return Err(self.malformed(format!("There can be only one argument named {name:?}"), at));
        }
        self.variables
            .literal(value, argument)
            .map_err(|unfit| self.malformed(format!("Argument '{name}' has an invalid value: {unfit}."), at))
    }

    /// The value that an argument must have, or the part of it that was asked for.
    fn forced(
        &self,
        asked: Option<Literal>,
        value: &str,
        argument: &ArgumentRow,
        at: usize,
    ) -> Result<Literal, Refused> {
        let allowed: Vec<&str> = value.trim_matches(['[', ']']).split(", ").collect();
        let is_allowed =
            |one: &Literal| matches!(one, Literal::Word(word) if allowed.contains(&word.as_str()));
        let all = || {
            let words = allowed.iter().map(|word| Literal::Word((*word).to_owned()));
            if argument.wrap.is_list() {
                Literal::List(words.collect())
            } else {
                Literal::Word(value.to_owned())
            }
        };
        match asked {
            None => Ok(all()),
            Some(asked) if asked.is_null() => Ok(all()),
            Some(Literal::List(items)) if items.iter().all(is_allowed) => {
                Ok(if items.is_empty() { all() } else { Literal::List(items) })
            }
            Some(asked) if is_allowed(&asked) => Ok(asked),
            Some(_) => {
                let name = argument.name.text();
                let reason =
                    format!("The pool serves {name}: {value} only; anything else may not be public.");
                Err(self.not_served(name, reason, at))
            }
        }
    }
}
