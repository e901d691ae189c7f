//! What resolvers are made of.

use std::rc::Rc;

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonValue, serde_json_bytes};
use serde::Serialize;
use serde_json::Value;

/// What resolving a field gives.
pub(super) type Field<'a> = Result<ResolvedValue<'a>, FieldError>;

/// A scalar, an enum's value, or null.
pub(super) fn leaf<'a>(value: impl Serialize) -> ResolvedValue<'a> {
    ResolvedValue::Leaf(serde_json_bytes::value::to_value(value).unwrap_or(JsonValue::Null))
}

/// An object that several fields may lead to, such as `nodes` and `edges`.
#[derive(Clone)]
pub(super) struct Shared<'s>(Rc<dyn ObjectValue + 's>);

impl<'s> Shared<'s> {
    pub(super) fn new(object: impl ObjectValue + 's) -> Self {
        Self(Rc::new(object))
    }
}

impl ObjectValue for Shared<'_> {
    fn type_name(&self) -> &str {
        self.0.type_name()
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        self.0.resolve_field(info)
    }
}

/// An object all of whose fields are known: a JSON object that says its type in `__typename`.
/// Objects and lists in it are resolved likewise.
pub(super) struct Plain(Value);

impl Plain {
    pub(super) fn new(fields: Value) -> Self {
        Self(fields)
    }
}

impl ObjectValue for Plain {
    fn type_name(&self) -> &str {
        self.0["__typename"].as_str().unwrap_or_default()
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        self.0.get(info.field_name()).map(plain).ok_or_else(|| self.unknown_field_error(info))
    }
}

/// JSON as resolved values.
pub(super) fn plain<'a>(value: &Value) -> ResolvedValue<'a> {
    match value {
        Value::Object(_) => ResolvedValue::object(Plain::new(value.clone())),
        Value::Array(items) => ResolvedValue::list(items.iter().map(plain).collect::<Vec<_>>()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => leaf(value),
    }
}

/// A text argument; nothing when it is absent or null.
pub(super) fn text<'a>(info: &ResolveInfo<'a>, name: &str) -> Option<&'a str> {
    info.arguments().get(name)?.as_str()
}

/// A whole number as an argument.
pub(super) fn number(info: &ResolveInfo<'_>, name: &str) -> Option<i64> {
    info.arguments().get(name)?.as_i64()
}

/// Whether a list argument, if it is given, has this value.
pub(super) fn admits(info: &ResolveInfo<'_>, name: &str, value: &str) -> bool {
    match info.arguments().get(name).and_then(JsonValue::as_array) {
        Some(wanted) => wanted.iter().any(|it| it.as_str() == Some(value)),
        None => true,
    }
}

/// A field of an argument that is an input object.
pub(super) fn inner<'a>(info: &ResolveInfo<'a>, name: &str, field: &str) -> Option<&'a JsonValue> {
    info.arguments().get(name)?.as_object()?.get(field).filter(|it| !it.is_null())
}

/// Sorts as `orderBy` says: by a key for its `field`, in its `direction`. Without one, the order
/// stays.
pub(super) fn order<T, K: Ord>(items: &mut [T], info: &ResolveInfo<'_>, key: impl Fn(&T, &str) -> K) {
    let Some(field) = inner(info, "orderBy", "field").and_then(JsonValue::as_str) else { return };
    items.sort_by_key(|it| key(it, field));
    if inner(info, "orderBy", "direction").and_then(JsonValue::as_str) == Some("DESC") {
        items.reverse();
    }
}
