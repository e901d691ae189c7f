//! Schemas as tables of fields.

use std::fmt::Write as _;

use serde_json::Value;

use super::entries;
use super::layout::{cell, code_list, wrapped};

/// The section of the types that have none of their own.
const VALUES: &str = "Values";

/// The type whose words are a table of their own in the document, and its section.
const ERROR_CODE: (&str, &str) = ("ErrorCode", "errors");

/// Writes tables of what a document describes.
pub(super) struct Tables<'a> {
    pub(super) document: &'a Value,
}

/// Where a type stands: `null` is a value in an answer, and in a request it stands for a field that
/// is absent.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Request,
    Answer,
}

impl<'a> Tables<'a> {
    /// What a reference leads to; anything else is itself.
    pub(super) fn resolved<'b>(&self, value: &'b Value) -> &'b Value
    where
        'a: 'b,
    {
        let target = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        target.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }

    /// The parameters of an operation; nothing if there are none.
    pub(super) fn parameters(&self, parameters: &[&Value]) -> String {
        if parameters.is_empty() {
            return String::new();
        }
        let mut table = String::from("| Parameter | In | Type | Meaning |\n| --- | --- | --- | --- |\n");
        for parameter in parameters {
            let parameter = self.resolved(parameter);
            let _ = writeln!(
                table,
                "| `{}` | {} | {} | {} |",
                parameter["name"].as_str().unwrap_or_default(),
                parameter["in"].as_str().unwrap_or_default(),
                cell(&self.kind(&parameter["schema"], Place::Request)),
                cell(parameter["description"].as_str().unwrap_or_default()),
            );
        }
        table.push('\n');
        table
    }

    /// The fields of a request's body; nothing if it takes none.
    pub(super) fn fields(&self, schema: &Value) -> String {
        self.table(schema, Place::Request)
    }

    /// What a response is: a type with its headers, or the codes of errors.
    pub(super) fn answer(&self, response: &Value) -> String {
        let description = response["description"].as_str().unwrap_or_default().trim_end_matches('.');
        if description.starts_with('`') {
            // What follows the codes is explained once, above the endpoints.
            return description.split(';').next().unwrap_or_default().to_owned();
        }
        let types: Vec<_> = entries(&response["content"])
            .map(|(media, content)| match media {
                "application/json" => self.kind(&content["schema"], Place::Answer),
                "*/*" => description.to_owned(),
                _ => format!("`{media}`"),
            })
            .collect();
        if types.is_empty() { "no body".to_owned() } else { types.join(", or ") }
    }

    /// The headers of a response that not every response has.
    pub(super) fn headers(response: &Value) -> Vec<&str> {
        entries(&response["headers"]).map(|(name, _)| name).filter(|name| *name != "x-request-id").collect()
    }

    /// Every type of the document: texts and numbers in a table, objects and lists of words in
    /// sections.
    pub(super) fn objects(&self) -> String {
        let mut text = format!("### {VALUES}\n\n| Name | Type | Meaning |\n| --- | --- | --- |\n");
        for (name, schema) in entries(&self.document["components"]["schemas"]) {
            if !has_section(schema) && name != ERROR_CODE.0 {
                let meaning = cell(schema["description"].as_str().unwrap_or_default());
                let _ =
                    writeln!(text, "| {name} | {} | {meaning} |", cell(&self.kind(schema, Place::Answer)));
            }
        }
        text.push('\n');
        for (name, schema) in entries(&self.document["components"]["schemas"]) {
            if !has_section(schema) {
                continue;
            }
            let _ = write!(text, "### {name}\n\n");
            text.push_str(&wrapped(schema["description"].as_str().unwrap_or_default()));
            let place = if name.ends_with("Request") || name.ends_with("Form") {
                Place::Request
            } else {
                Place::Answer
            };
            text.push_str(&self.table(schema, place));
        }
        text
    }

    fn table(&self, schema: &Value, place: Place) -> String {
        let Some(fields) = schema["properties"].as_object() else { return String::new() };
        let required: Vec<_> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut table = String::from("| Field | Type | Meaning |\n| --- | --- | --- |\n");
        let optional = fields.keys().map(String::as_str).filter(|name| !required.contains(name));
        for name in required.iter().copied().chain(optional) {
            let (field, must) = (&fields[name], required.contains(&name));
            let mut kind = self.kind(field, place);
            match place {
                Place::Request if must => kind.push_str(", required"),
                Place::Answer if !must => kind.push_str(", may be absent"),
                Place::Request | Place::Answer => {}
            }
            let meaning = field["description"].as_str().unwrap_or_default();
            let _ = writeln!(table, "| `{name}` | {} | {} |", cell(&kind), cell(meaning));
        }
        table.push('\n');
        table
    }

    /// A type in a few words.
    fn kind(&self, schema: &Value, place: Place) -> String {
        if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
            let section = match name {
                _ if name == ERROR_CODE.0 => ERROR_CODE.1,
                _ if has_section(self.resolved(schema)) => name,
                _ => VALUES,
            };
            return format!("[{name}](#{})", section.to_lowercase());
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            let choices: Vec<_> = choices
                .iter()
                .filter(|choice| place == Place::Answer || choice["type"] != "null")
                .map(|choice| self.kind(choice, place))
                .collect();
            return choices.join(" or ");
        }
        if let Some(value) = schema.get("const") {
            return format!("`{}`", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        if let Some(words) = schema["enum"].as_array() {
            return code_list(&words.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        }
        let one = std::slice::from_ref(&schema["type"]);
        let names = schema["type"].as_array().map_or(one, Vec::as_slice).iter().filter_map(Value::as_str);
        let names = names.filter(|name| place == Place::Answer || *name != "null");
        let kinds: Vec<_> = names.map(|name| self.plain(name, schema, place)).collect();
        if kinds.is_empty() { "any JSON".to_owned() } else { kinds.join(" or ") }
    }

    /// A type of JSON's with its limits.
    fn plain(&self, name: &str, schema: &Value, place: Place) -> String {
        let limit = |name: &str| schema[name].as_i64();
        match name {
            "string" if schema["format"] == "date-time" => "time (RFC 3339)".to_owned(),
            "string" if schema["format"] == "uuid" => "UUID".to_owned(),
            "string" => match schema["pattern"].as_str() {
                Some(pattern) => format!("text like `{pattern}`"),
                None => "text".to_owned(),
            },
            "integer" => match (limit("minimum"), limit("maximum")) {
                (Some(least), Some(most)) => format!("integer, {least} to {most}"),
                (Some(least), None) => format!("integer, {least} or more"),
                (None, Some(most)) => format!("integer, {most} or less"),
                (None, None) => "integer".to_owned(),
            },
            "array" => {
                let most = limit("maxItems").map_or_else(String::new, |most| format!("at most {most} "));
                let of = self.kind(&schema["items"], place);
                let of = if of.contains(" or ") { format!("({of})") } else { of };
                format!("list of {most}{of}")
            }
            "object" => {
                let by_name = entries(&schema["patternProperties"]).next().map(|(_, of)| of);
                match by_name.or_else(|| Some(&schema["additionalProperties"]).filter(|of| of.is_object())) {
                    Some(of) => format!("object of {} by name", self.kind(of, place)),
                    None => "object".to_owned(),
                }
            }
            other => other.to_owned(),
        }
    }
}

/// Whether a type is described in a section of its own: it has fields, or words with a meaning
/// each.
fn has_section(schema: &Value) -> bool {
    let meanings = schema["description"].as_str().is_some_and(|text| text.contains("\n- "));
    schema["properties"].is_object() || (schema["enum"].is_array() && meanings)
}
