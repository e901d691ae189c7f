//! Lists that come in pages.

use octopool_api_types::paths;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::http::{Credential, Server};

/// The most that a server puts on one page.
const PAGE: &str = "200";

/// Every object of a list, as the server's own document with all pages as one.
pub(super) fn all(
    server: &Server,
    token: &SecretString,
    path: &str,
    filters: &[(&str, &str)],
    noun: &str,
) -> Result<Value> {
    let (mut objects, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query: Vec<_> = filters.iter().map(|(name, value)| (*name, Some(*value))).collect();
        query.extend([("limit", Some(PAGE)), ("cursor", cursor.as_deref())]);
        let answer = server.get(&paths::with_query(path, &query), Credential::Bearer(token))?;
        let mut page: Map<String, Value> = answer.decode()?;
        let Some(Value::Array(mut items)) = page.remove(noun) else { return Err(unexpected()) };
        // A page without objects that leads on would lead on for ever.
        let is_last = items.is_empty();
        objects.append(&mut items);
        cursor = page.remove("next_cursor").and_then(|cursor| cursor.as_str().map(str::to_owned));
        if cursor.is_none() || is_last {
            let document =
                [(noun.to_owned(), Value::Array(objects)), ("next_cursor".to_owned(), Value::Null)];
            return Ok(Value::Object(Map::from_iter(document)));
        }
    }
}

/// The whole list as what it holds.
pub(super) fn decode<T: DeserializeOwned>(document: Value) -> Result<T> {
    serde_json::from_value(document).map_err(|_| unexpected())
}

fn unexpected() -> Error {
    Error::failed("unexpected_answer", "The server's answer does not have the form that this version knows.")
        .hint("The server may be newer or older: compare `octopool version` with what it runs.")
}
