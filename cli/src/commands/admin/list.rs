//! The frame of every `list`: its pages as one JSON document or one table.

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::{Error, Exit, Result};
use crate::http::{Server, unexpected_form};
use crate::output::Output;
use crate::session::AdminServerArgs;
use crate::table::{self, Column};

/// The most that a server puts on one page.
const PAGE: usize = 200;

/// How much of a list is shown.
#[derive(Args)]
pub(super) struct LimitArgs {
    /// At most so many [default: all].
    #[arg(short = 'L', long, value_name = "NUMBER", value_parser = parse_limit)]
    pub(super) limit: Option<usize>,
}

/// Options of a list that has no other ones.
#[derive(Args)]
pub(super) struct PlainListArgs {
    #[command(flatten)]
    pub(super) limit: LimitArgs,
    #[command(flatten)]
    pub(super) admin: AdminServerArgs,
}

/// Reads how many objects to show.
pub(super) fn parse_limit(text: &str) -> std::result::Result<usize, &'static str> {
    text.parse().ok().filter(|limit| *limit > 0).ok_or("must be a whole number from 1 on")
}

/// Objects of one or several pages, and the cursor of those that come after them.
pub(super) struct Listed {
    pub(super) objects: Vec<Value>,
    pub(super) next_cursor: Option<String>,
}

/// Prints the objects of the list at `path`, which are under the key `noun` of each page.
pub(super) fn list<T: DeserializeOwned>(
    server: &Server,
    path: &str,
    filters: &[(&str, Option<&str>)],
    (noun, columns): (&str, &[Column<T>]),
    limit: &LimitArgs,
    output: &mut Output,
) -> Result<Exit> {
    let Listed { objects, next_cursor } = read(server, path, filters, noun, limit.limit, None)?;
    if output.is_json() {
        return output.value(&json!({ noun: objects, "next_cursor": next_cursor }));
    }
    let objects: Vec<T> = serde_json::from_value(objects.into()).map_err(|_| unexpected_form())?;
    table::list(columns, &objects, output)?;
    if next_cursor.is_some() {
        output.note("There are more: `--limit` says how many are shown.");
    }
    Ok(Exit::Done)
}

/// All objects of a list, from as many pages as it takes.
pub(super) fn all<T: DeserializeOwned>(
    server: &Server,
    path: &str,
    filters: &[(&str, Option<&str>)],
    noun: &str,
) -> Result<Vec<T>> {
    let Listed { objects, .. } = read(server, path, filters, noun, None, None)?;
    serde_json::from_value(objects.into()).map_err(|_| unexpected_form())
}

/// Reads pages from `cursor` on until there are `limit` objects.
pub(super) fn read(
    server: &Server,
    path: &str,
    filters: &[(&str, Option<&str>)],
    noun: &str,
    limit: Option<usize>,
    cursor: Option<String>,
) -> Result<Listed> {
    let mut listed = Listed { objects: Vec::new(), next_cursor: cursor };
    loop {
        let left = limit.map_or(PAGE, |limit| limit.saturating_sub(listed.objects.len()).min(PAGE));
        let mut query = filters.to_vec();
        let size = left.to_string();
        query.extend([("limit", Some(size.as_str())), ("cursor", listed.next_cursor.as_deref())]);
        let mut page: Map<String, Value> = server.query(path, &query)?.decode()?;
        let Some(Value::Array(mut items)) = page.remove(noun) else { return Err(unexpected_form()) };
        // An empty page with a cursor could go on forever.
        let is_last = items.is_empty();
        listed.objects.append(&mut items);
        let next = page.remove("next_cursor").and_then(|cursor| cursor.as_str().map(str::to_owned));
        if next.is_some() && next == listed.next_cursor {
            return Err(Error::failed("unexpected_answer", "The server's pages lead in a circle."));
        }
        listed.next_cursor = next;
        let is_full = limit.is_some_and(|limit| listed.objects.len() >= limit);
        if listed.next_cursor.is_none() || is_last || is_full {
            return Ok(listed);
        }
    }
}
