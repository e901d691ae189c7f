//! Reading a JSON object field by field, collecting every violation instead of stopping at the first.

use std::collections::BTreeMap;

use octopool_api_types::{ErrorCode, FieldProblem};
use octopool_core::Violation;
use serde_json::{Map, Value};

use super::error::ApiError;

/// How many violations are collected. A body of 64 KiB has no room for more; one of 4 MiB could fill the memory with them.
const MAX_PROBLEMS: usize = 10_000;

/// An object being read. `null` stands for a field that is not there.
pub(crate) struct Fields {
    object: Map<String, Value>,
    prefix: String,
    problems: Vec<(ErrorCode, FieldProblem)>,
}

impl Fields {
    /// Begins to read a body.
    pub(crate) fn new(object: Map<String, Value>) -> Self {
        Self { object, prefix: String::new(), problems: Vec::new() }
    }

    /// Text that must be there.
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

    /// Text that may be there.
    pub(crate) fn optional_text<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        let value = self.take(name)?;
        self.parse_text(name, &value, parse)
    }

    /// An integer that may be there; `1.0` is none, as it is none for the clients that decode into integers.
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

    /// A boolean that may be there.
    pub(crate) fn optional_bool(&mut self, name: &str) -> Option<bool> {
        let value = self.take(name)?;
        match value {
            Value::Bool(value) => Some(value),
            _ => self.fail(name, "must be true or false"),
        }
    }

    /// A list of at most `max` objects; a list that is not there is empty.
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

    /// An object that may be there, whose keys are names: what `read` makes of each value, which is an object too.
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

    /// An object that must be there.
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

    /// A list of texts that may be there.
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

    /// Whether the field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether the field is there and says `null`, where that is not the same as nothing.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_null)
    }

    /// Whether the field is an empty text.
    pub(crate) fn is_empty_text(&self, name: &str) -> bool {
        self.object.get(name).and_then(Value::as_str).is_some_and(str::is_empty)
    }

    /// Whether there is no field at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.object.values().all(Value::is_null)
    }

    /// Says that a field breaks a rule that has a code of its own.
    pub(crate) fn refuse(&mut self, code: ErrorCode, name: &str, problem: &str) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let field = format!("{}{name}", self.prefix);
        self.problems.push((code, FieldProblem { field, problem: problem.to_owned() }));
    }

    /// Says that a field breaks a rule.
    pub(crate) fn problem(&mut self, name: &str, problem: &str) {
        self.refuse(ErrorCode::InvalidRequest, name, problem);
    }

    /// Says that a field breaks a rule whose name is the client's own text: it is shown shortened.
    pub(crate) fn foreign_problem(&mut self, name: &str, problem: &str) {
        let shown: String = name.chars().filter(|symbol| !symbol.is_control()).take(64).collect();
        self.problem(&shown, problem);
    }

    /// Takes a field out, so that what is left at the end is unknown.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    /// Refuses what is left: in what an admin sends a typo must not be ignored.
    pub(crate) fn deny_unknown(&mut self) {
        for name in std::mem::take(&mut self.object).keys() {
            self.foreign_problem(name, "is not a known field");
        }
    }

    /// Ends the reading: the value if nothing was wrong. If every violation is of one rule with a code of its own,
    /// that is the error's code.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, ApiError> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(self.into_error()),
        }
    }

    fn into_error(self) -> ApiError {
        let Some(&(first, _)) = self.problems.first() else {
            return ApiError::internal(&"a field was dropped without a problem");
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
