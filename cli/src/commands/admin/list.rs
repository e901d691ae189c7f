//! The frame of every `list`: all pages as one JSON document or one table.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::{Exit, Result};
use crate::http::{Server, unexpected_form};
use crate::output::Output;
use crate::table::{self, Column};

/// The most that a server puts on one page.
const PAGE: &str = "200";

/// Prints every object of the list at `path`, which is under the key `noun` of each page.
pub(super) fn list<T: DeserializeOwned>(
    server: &Server,
    path: &str,
    filters: &[(&str, Option<&str>)],
    noun: &str,
    columns: &[Column<T>],
    output: &mut Output,
) -> Result<Exit> {
    let objects = objects(server, path, filters, noun)?;
    if output.is_json() {
        return output.value(&json!({ noun: objects, "next_cursor": null }));
    }
    let objects: Vec<T> = serde_json::from_value(objects).map_err(|_| unexpected_form())?;
    table::show(columns, &objects, output)
}

/// All objects of a list, from as many pages as it takes.
pub(super) fn all<T: DeserializeOwned>(
    server: &Server,
    path: &str,
    filters: &[(&str, Option<&str>)],
    noun: &str,
) -> Result<Vec<T>> {
    serde_json::from_value(objects(server, path, filters, noun)?).map_err(|_| unexpected_form())
}

fn objects(server: &Server, path: &str, filters: &[(&str, Option<&str>)], noun: &str) -> Result<Value> {
    let (mut objects, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = filters.to_vec();
        query.extend([("limit", Some(PAGE)), ("cursor", cursor.as_deref())]);
        let mut page: Map<String, Value> = server.query(path, &query)?.decode()?;
        let Some(Value::Array(mut items)) = page.remove(noun) else { return Err(unexpected_form()) };
        // An empty page with a cursor could go on forever.
        let is_last = items.is_empty();
        objects.append(&mut items);
        cursor = page.remove("next_cursor").and_then(|cursor| cursor.as_str().map(str::to_owned));
        if cursor.is_none() || is_last {
            return Ok(objects.into());
        }
    }
}
