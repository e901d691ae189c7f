//! The schemas of the types, as requests are read and as answers are written.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::operation::Describe;

/// Where the document keeps its schemas.
const COMPONENTS: &str = "/components/schemas";
/// What a type is called in requests, where the same type is written otherwise in answers.
const IN_REQUESTS: &str = "Request";

/// Collects schemas while the document is composed.
///
/// A response always has all fields but those that are documented as optional, and no others. A
/// request may leave out what has a default, and `null` means the same (contract, section 3). So
/// there are two generators; a type with the same result in both has one schema.
pub(crate) struct Schemas {
    answers: SchemaGenerator,
    requests: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = COMPONENTS.into();
                settings.meta_schema = None;
            })
        };
        Self {
            answers: settings().for_serialize().into_generator(),
            requests: settings().for_deserialize().into_generator(),
        }
    }

    /// The schema of an answer's type.
    pub(crate) fn answer(&mut self, describe: Describe) -> Value {
        Value::from(describe(&mut self.answers))
    }

    /// The schema of a request's type. It is inlined, because the endpoint decides whether it takes
    /// unknown fields.
    pub(crate) fn request(&mut self, describe: Describe, closed: bool) -> Value {
        let reference = Value::from(describe(&mut self.requests));
        let name = reference["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
        let written_out = name.and_then(|name| self.requests.definitions_mut().remove(name));
        let mut schema = written_out.unwrap_or(reference);
        tidy(&mut schema);
        null_is_absent(&mut schema);
        if closed {
            close(&mut schema);
        }
        schema
    }

    /// All that were referred to, and the requests among them that need another name.
    pub(crate) fn finish(mut self) -> (Map<String, Value>, Vec<String>) {
        let mut answers = self.answers.take_definitions(true);
        for schema in answers.values_mut() {
            tidy(schema);
            close(schema);
        }
        let mut requests = self.requests.take_definitions(true);
        for schema in requests.values_mut() {
            tidy(schema);
            null_is_absent(schema);
            close(schema);
        }
        let mut renamed: Vec<String> = Vec::new();
        loop {
            let differs = |name: &String, schema: &Value| {
                !renamed.contains(name)
                    && answers.get(name).is_some_and(|known| known != schema || refers_to(schema, &renamed))
            };
            let next: Vec<_> = requests
                .iter()
                .filter(|(name, schema)| differs(name, schema))
                .map(|(name, _)| name.clone())
                .collect();
            if next.is_empty() {
                break;
            }
            renamed.extend(next);
        }
        for (name, mut schema) in requests {
            rename(&mut schema, &renamed);
            let name = if renamed.contains(&name) { format!("{name}{IN_REQUESTS}") } else { name };
            answers.insert(name, schema);
        }
        (answers, renamed)
    }
}

fn reference(name: &str) -> String {
    format!("#{COMPONENTS}/{name}")
}

fn refers_to(schema: &Value, names: &[String]) -> bool {
    let text = schema.to_string();
    names.iter().any(|name| text.contains(&format!("\"{}\"", reference(name))))
}

/// Lets a request refer to the types under the names that they have there.
pub(crate) fn rename(schema: &mut Value, names: &[String]) {
    each(schema, &mut |object| {
        let target = object.get("$ref").and_then(Value::as_str).map(str::to_owned);
        if let Some(name) = names.iter().find(|name| target == Some(reference(name))) {
            object.insert("$ref".to_owned(), format!("{}{IN_REQUESTS}", reference(name)).into());
        }
    });
}

/// Removes titles that repeat the name and formats of Rust's own, and turns documented words into
/// one list.
fn tidy(schema: &mut Value) {
    each(schema, &mut |object| {
        let numeric = object.get("format").and_then(Value::as_str).is_some_and(|format| {
            format.starts_with("int") || format.starts_with("uint") || format == "double"
        });
        if numeric {
            object.remove("format");
        }
        // A field may be called `title`; then it is a schema and not a text.
        if object.get("title").is_some_and(Value::is_string) {
            object.remove("title");
        }
        words_in_one_list(object);
    });
}

/// schemars writes an enum with documented variants as a choice of constants. One list is shorter,
/// and generated clients make an enum of it.
fn words_in_one_list(object: &mut Map<String, Value>) {
    let Some(choices) = object.get("oneOf").and_then(Value::as_array).cloned() else { return };
    let words: Option<Vec<_>> = choices.iter().map(|choice| choice["const"].as_str()).collect();
    let Some(words) = words else { return };
    let list: Vec<_> = choices
        .iter()
        .map(|choice| {
            let about = choice["description"].as_str().unwrap_or_default();
            format!("- `{}`: {about}", choice["const"].as_str().unwrap_or_default())
        })
        .collect();
    let about = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{about}\n\n{}", list.join("\n"));
    object.insert("description".to_owned(), description.into());
    object.insert("type".to_owned(), "string".into());
    object.insert("enum".to_owned(), json!(words));
    object.remove("oneOf");
}

/// Refuses fields that are not named. Rules about some of the fields have no type of their own and
/// stay open.
fn close(schema: &mut Value) {
    each(schema, &mut |object| {
        if is_open_object(object) {
            object.insert("additionalProperties".to_owned(), false.into());
        }
    });
}

fn is_open_object(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
        && schema.contains_key("properties")
        && !schema.contains_key("additionalProperties")
}

/// Allows `null` for a field that may be absent. A schema that is closed already is left alone.
fn null_is_absent(schema: &mut Value) {
    each(schema, &mut |object| {
        if !is_open_object(object) {
            return;
        }
        let required: Vec<_> = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
        for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(&json!(name))) {
            let takes_null = property.to_string().contains("\"null\"") || *property == json!(true);
            let any = property.get("type").is_none()
                && property.get("$ref").is_none()
                && property.get("anyOf").is_none();
            if takes_null || any {
                continue;
            }
            match property.get("type").and_then(Value::as_str).map(str::to_owned) {
                Some(only) => property["type"] = json!([only, "null"]),
                None => *property = json!({ "anyOf": [property.take(), { "type": "null" }] }),
            }
        }
    });
}

/// Visits every object of a schema, the innermost first.
fn each(value: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, visit)),
        Value::Object(object) => {
            object.values_mut().for_each(|item| each(item, visit));
            visit(object);
        }
        _ => {}
    }
}

/// The schema of something that no route names by itself.
pub(crate) fn also<T: schemars::JsonSchema>(schemas: &mut Schemas) {
    let describe: fn(&mut SchemaGenerator) -> Schema = SchemaGenerator::subschema_for::<T>;
    schemas.answer(describe);
}
