//! Reading a JSON object field by field. All violations are collected.

use std::collections::BTreeMap;

use octopool_api_types::{ErrorCode, FieldProblem};
use octopool_core::{Violation, looks_like_credential};
use serde_json::{Map, Value};

use super::error::ApiError;

/// How many violations are collected. A body of 64 KiB cannot have more; one of 4 MiB could exhaust
/// the memory.
const MAX_PROBLEMS: usize = 10_000;

/// An object being read. `null` counts as absent.
pub(crate) struct Fields {
    object: Map<String, Value>,
    prefix: String,
    problems: Vec<(ErrorCode, FieldProblem)>,
}

impl Fields {
    /// Starts reading a body.
    pub(crate) fn new(object: Map<String, Value>) -> Self {
        Self { object, prefix: String::new(), problems: Vec::new() }
    }

    /// A required text.
    pub(crate) fn required_text<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        if let Some(value) = self.take(name) {
            return self.parse_text(name, &value, parse);
        }
        self.problem(name, "is required");
        None
    }

    /// An optional text.
    pub(crate) fn optional_text<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        let value = self.take(name)?;
        self.parse_text(name, &value, parse)
    }

    /// An optional integer. `1.0` is not an integer, because clients that decode integers do not
    /// accept it either.
    pub(crate) fn optional_integer<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(i64) -> Result<T, Violation>,
    ) -> Option<T> {
        let value = self.take(name)?;
        match value.as_i64() {
            Some(number) => self.keep(name, parse(number)),
            None => self.fail(name, "must be an integer"),
        }
    }

    /// An optional boolean.
    pub(crate) fn optional_bool(&mut self, name: &str) -> Option<bool> {
        let value = self.take(name)?;
        match value {
            Value::Bool(value) => Some(value),
            _ => self.fail(name, "must be true or false"),
        }
    }

    /// A list of at most `max` objects; empty if absent.
    pub(crate) fn objects<T>(
        &mut self,
        name: &str,
        max: usize,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = match self.take(name) {
            None => return Some(Vec::new()),
            Some(Value::Array(items)) if items.len() <= max => items,
            Some(Value::Array(_)) => return self.fail(name, &format!("must have at most {max} items")),
            Some(_) => return self.fail(name, "must be an array"),
        };
        let count = items.len();
        let mut values = Vec::with_capacity(count);
        for (index, item) in items.into_iter().enumerate() {
            values.extend(self.nested(&format!("{name}[{index}]"), item, &read));
        }
        (values.len() == count).then_some(values)
    }

    /// An optional object with names as keys and objects as values, each of which `read` parses.
    pub(crate) fn entries<K: Ord, T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<K, Violation>,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<BTreeMap<K, T>> {
        let items = match self.take(name) {
            None => return Some(BTreeMap::new()),
            Some(Value::Object(items)) => items,
            Some(_) => return self.fail(name, "must be an object"),
        };
        let mut values = BTreeMap::new();
        let mut complete = true;
        for (key, item) in items {
            let path = format!("{name}.{key}");
            match parse(&key) {
                Ok(parsed) => match self.nested(&path, item, &read) {
                    Some(value) => drop(values.insert(parsed, value)),
                    None => complete = false,
                },
                Err(violation) => {
                    self.foreign_problem(&path, &violation.to_string());
                    complete = false;
                }
            }
        }
        complete.then_some(values)
    }

    /// A required object.
    pub(crate) fn required_object<T>(
        &mut self,
        name: &str,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<T> {
        match self.take(name) {
            Some(value) => self.nested(name, value, &read),
            None => self.fail(name, "is required"),
        }
    }

    /// An optional list of texts.
    pub(crate) fn texts<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Violation>,
    ) -> Option<Vec<T>> {
        let items = match self.take(name) {
            None => return Some(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return self.fail(name, "must be an array"),
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            values.extend(self.parse_text(&format!("{name}[{index}]"), item, &parse));
        }
        (values.len() == items.len()).then_some(values)
    }

    fn nested<T>(&mut self, name: &str, item: Value, read: &impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        let Value::Object(object) = item else { return self.fail(name, "must be an object") };
        let mut fields = Self { object, prefix: format!("{}{name}.", self.prefix), problems: Vec::new() };
        let value = read(&mut fields);
        fields.deny_unknown();
        self.problems.append(&mut fields.problems);
        self.problems.truncate(MAX_PROBLEMS);
        value
    }

    /// Whether the field is present.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether the field is present and `null`, where that differs from absent.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_null)
    }

    /// Whether the field is an empty text.
    pub(crate) fn is_empty_text(&self, name: &str) -> bool {
        self.object.get(name).and_then(Value::as_str).is_some_and(str::is_empty)
    }

    /// Whether there are no fields.
    pub(crate) fn is_empty(&self) -> bool {
        self.object.values().all(Value::is_null)
    }

    /// Adds a violation of a rule that has an error code of its own.
    pub(crate) fn refuse(&mut self, code: ErrorCode, name: &str, problem: &str) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let field = format!("{}{name}", self.prefix);
        self.problems.push((code, FieldProblem { field, problem: problem.to_owned() }));
    }

    /// Adds a violation.
    pub(crate) fn problem(&mut self, name: &str, problem: &str) {
        self.refuse(ErrorCode::InvalidRequest, name, problem);
    }

    /// Adds a violation of a field whose name is the client's text, which is truncated; a
    /// credential is left out.
    pub(crate) fn foreign_problem(&mut self, name: &str, problem: &str) {
        // A name of ours and a dot come before a key.
        if looks_like_credential(name) || name.split('.').any(looks_like_credential) {
            return self.problem("[redacted]", "is a credential where a name belongs; revoke it");
        }
        let shown: String = name.chars().filter(|symbol| !symbol.is_control()).take(64).collect();
        self.problem(&shown, problem);
    }

    /// Removes a field, so that only unknown fields are left at the end.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    /// Adds a violation for each field that is left, so that a typo is not ignored.
    pub(crate) fn deny_unknown(&mut self) {
        for name in std::mem::take(&mut self.object).keys() {
            self.foreign_problem(name, "is not a known field");
        }
    }

    /// Returns the value, or the error with all violations. If all of them are of one rule with an
    /// error code of its own, the error has that code.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, ApiError> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(self.into_error()),
        }
    }

    fn into_error(self) -> ApiError {
        let Some(&(first, _)) = self.problems.first() else {
            return ApiError::internal(&"a field was dropped without a violation");
        };
        let same = self.problems.iter().all(|(code, _)| *code == first);
        let code = if same { first } else { ErrorCode::InvalidRequest };
        let problems: Vec<_> = self.problems.into_iter().map(|(_, problem)| problem).collect();
        ApiError::invalid(code, &problems)
    }

    fn parse_text<T>(
        &mut self,
        name: &str,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        match value.as_str() {
            Some(text) if text.trim().is_empty() => self.fail(name, "must not be blank"),
            Some(text) => self.keep(name, parse(text)),
            None => self.fail(name, "must be a string"),
        }
    }

    fn keep<T>(&mut self, name: &str, parsed: Result<T, Violation>) -> Option<T> {
        parsed.map_err(|violation| self.problem(name, &violation.to_string())).ok()
    }

    fn fail<T>(&mut self, name: &str, problem: &str) -> Option<T> {
        self.problem(name, problem);
        None
    }
}
