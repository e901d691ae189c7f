//! What makes a document invalid as a whole. GitHub is asked a document of ours, so it cannot say
//! so itself, and the same request must have the same result with the pool and without it
//! (<https://spec.graphql.org/October2021/#sec-Validation>).

use std::collections::BTreeSet;

use super::super::Refused;
use super::super::syntax::{Arguments, Document, Operation, Selection, Value, What};
use super::malformed;

/// Refuses names that are given twice, and what is declared and not used.
pub(super) fn check_document(document: &Document<'_>, chosen: &Operation<'_>) -> Result<(), Refused> {
    let operations = &document.operations;
    let names = operations.iter().map(|operation| operation.name.unwrap_or_default());
    if let Some(name) = repeated(names) {
        return Err(malformed(format!("Operation name \"{name}\" must be unique"), None));
    }
    if operations.len() > 1 && operations.iter().any(|operation| operation.name.is_none()) {
        return Err(malformed("Operation name is required when multiple operations are present", None));
    }
    if let Some(name) = repeated(document.fragments.iter().map(|fragment| fragment.name)) {
        return Err(malformed(format!("Fragment name \"{name}\" must be unique"), None));
    }
    if let Some(name) = repeated(chosen.variables.iter().map(|variable| variable.name)) {
        return Err(malformed(format!("There can only be one variable named \"{name}\""), None));
    }
    let mut used = Used::of(document, chosen);
    if let Some(unused) = chosen.variables.iter().find(|one| !used.variables.contains(one.name)) {
        let operation = chosen.name.unwrap_or("anonymous query");
        let message = format!("Variable ${} is declared by {operation} but not used", unused.name);
        return Err(malformed(message, None));
    }
    for operation in operations {
        used.set(document, &operation.set);
    }
    match document.fragments.iter().find(|fragment| !used.fragments.contains(fragment.name)) {
        Some(unused) => Err(malformed(format!("Fragment {} was defined, but not used", unused.name), None)),
        None => Ok(()),
    }
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut known = BTreeSet::new();
    names.into_iter().find(|name| !known.insert(*name))
}

/// What selections use, whether it is skipped or not.
#[derive(Default)]
struct Used<'a> {
    variables: BTreeSet<&'a str>,
    fragments: BTreeSet<&'a str>,
}

impl<'a> Used<'a> {
    fn of(document: &'a Document<'a>, operation: &'a Operation<'a>) -> Self {
        let mut used = Self::default();
        used.set(document, &operation.set);
        used
    }

    fn set(&mut self, document: &'a Document<'a>, set: &'a [Selection<'a>]) {
        for selection in set {
            for (_, arguments) in &selection.directives {
                self.arguments(arguments);
            }
            match &selection.what {
                What::Field { arguments, set, .. } => {
                    self.arguments(arguments);
                    self.set(document, set);
                }
                What::Inline { set, .. } => self.set(document, set),
                // Each is looked at once, so a circle of fragments ends.
                What::Spread(name) if self.fragments.insert(*name) => {
                    let fragment = document.fragments.iter().find(|fragment| fragment.name == *name);
                    if let Some(fragment) = fragment {
                        self.set(document, &fragment.set);
                    }
                }
                What::Spread(_) => {}
            }
        }
    }

    fn arguments(&mut self, arguments: &'a Arguments<'a>) {
        for (_, value) in arguments {
            self.value(value);
        }
    }

    fn value(&mut self, value: &'a Value<'a>) {
        match value {
            Value::Variable(name) => {
                self.variables.insert(*name);
            }
            Value::List(items) => {
                for item in items {
                    self.value(item);
                }
            }
            Value::Object(fields) => self.arguments(fields),
            Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Word(_) => {}
        }
    }
}
