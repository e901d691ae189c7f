//! The fields of an object in JSON, for plans and the audit.

use serde::Serialize;
use serde_json::{Value, json};

/// The named fields of an object in JSON, in the order of the names. A missing field is null.
pub fn fields_of(object: &impl Serialize, names: &[&'static str]) -> Vec<(&'static str, Value)> {
    let mut object = json!(object);
    names.iter().map(|name| (*name, object.get_mut(*name).map(Value::take).unwrap_or_default())).collect()
}
