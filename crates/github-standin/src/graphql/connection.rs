//! Connections: pages of lists, with cursors.
//!
//! <https://docs.github.com/graphql/guides/using-pagination-in-the-graphql-api>

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::errors::failed;
use super::object::{Field, Shared, leaf, number, plain, text};

/// "Values of `first` and `last` must be within 1-100."
///
/// <https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>,
/// "Node limit"
const MAX_PAGE: usize = 100;

/// One page of a list. A cursor is a position, so a list that changes between pages shifts, which
/// GitHub's do not.
pub(super) struct Connection<'s> {
    name: String,
    edge: String,
    total: usize,
    start: usize,
    nodes: Vec<Shared<'s>>,
    /// What this connection has besides.
    more: Value,
}

/// A page of `items` as the connection that the field's type is.
pub(super) fn connection<'s, T, N: ObjectValue + 's>(
    info: &ResolveInfo<'_>,
    items: impl IntoIterator<Item = T>,
    node: impl Fn(T) -> N,
) -> Field<'s> {
    connection_with(info, items, node, Value::Null)
}

/// The same, with fields of its own.
pub(super) fn connection_with<'s, T, N: ObjectValue + 's>(
    info: &ResolveInfo<'_>,
    items: impl IntoIterator<Item = T>,
    node: impl Fn(T) -> N,
    more: Value,
) -> Field<'s> {
    let items: Vec<T> = items.into_iter().collect();
    let total = items.len();
    let (start, end) = bounds(info, total)?;
    let nodes = items.into_iter().skip(start).take(end - start).map(|it| Shared::new(node(it))).collect();
    let name = info.field_definition().ty.inner_named_type().to_string();
    let edge = name.replace("Connection", "Edge");
    Ok(ResolvedValue::object(Connection { name, edge, total, start, nodes, more }))
}

/// A connection without anything in it, of things the model does not have.
pub(super) fn empty<'s>(info: &ResolveInfo<'_>) -> Field<'s> {
    connection(info, [(); 0], |()| super::object::Plain::new(Value::Null))
}

impl ObjectValue for Connection<'_> {
    fn type_name(&self) -> &str {
        &self.name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        let end = self.start + self.nodes.len();
        let cursor_at = |at: usize| (!self.nodes.is_empty()).then(|| cursor(at));
        Ok(match info.field_name() {
            "totalCount" => leaf(self.total),
            "nodes" => ResolvedValue::list(self.nodes.iter().cloned().map(ResolvedValue::object)),
            "edges" => ResolvedValue::list(self.nodes.iter().enumerate().map(|(at, node)| {
                let cursor = cursor(self.start + at + 1);
                ResolvedValue::object(Edge { name: &self.edge, cursor, node: node.clone() })
            })),
            "pageInfo" => plain(&json!({
                "__typename": "PageInfo",
                "hasNextPage": end < self.total,
                "hasPreviousPage": self.start > 0,
                "startCursor": cursor_at(self.start + 1),
                "endCursor": cursor_at(end),
            })),
            name => match self.more.get(name) {
                Some(value) => plain(value),
                None => return Err(self.unknown_field_error(info)),
            },
        })
    }
}

struct Edge<'s> {
    name: &'s str,
    cursor: String,
    node: Shared<'s>,
}

impl ObjectValue for Edge<'_> {
    fn type_name(&self) -> &str {
        self.name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        Ok(match info.field_name() {
            "node" => ResolvedValue::object(self.node.clone()),
            "cursor" => leaf(&self.cursor),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// From where to where the page goes that the arguments ask for.
fn bounds(info: &ResolveInfo<'_>, total: usize) -> Result<(usize, usize), FieldError> {
    let name = info.field_name();
    let (first, last) = (number(info, "first"), number(info, "last"));
    let asked = first.map(|it| ("first", it)).or(last.map(|it| ("last", it)));
    let Some((argument, asked)) = asked else {
        if !shows_nodes(info) {
            return Ok((0, 0));
        }
        let message = format!(
            "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        );
        return Err(failed("MISSING_PAGINATION_BOUNDARIES", &message));
    };
    let Some(size) = usize::try_from(asked).ok().filter(|size| *size <= MAX_PAGE) else {
        let message = format!(
            "Requesting {asked} records on the `{name}` connection exceeds the `{argument}` limit of {MAX_PAGE} records."
        );
        return Err(failed("EXCESSIVE_PAGINATION", &message));
    };
    let start = position(info, "after")?.unwrap_or(0).min(total);
    let end = position(info, "before")?.map_or(total, |at| at.saturating_sub(1).min(total)).max(start);
    // A search begins with its best results whatever it is asked for: gh says `last: 30` and shows
    // them.
    let from_the_start = first.is_some() || name == "search";
    Ok(if from_the_start {
        (start, end.min(start + size))
    } else {
        (start.max(end.saturating_sub(size)), end)
    })
}

fn position(info: &ResolveInfo<'_>, name: &str) -> Result<Option<usize>, FieldError> {
    let Some(cursor) = text(info, name) else { return Ok(None) };
    let invalid =
        || failed("INVALID_CURSOR_ARGUMENTS", &format!("`{cursor}` does not appear to be a valid cursor."));
    let position = STANDARD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let position = position.and_then(|text| text.strip_prefix("cursor:v2:")?.parse().ok());
    position.map(Some).ok_or_else(invalid)
}

fn cursor(position: usize) -> String {
    STANDARD.encode(format!("cursor:v2:{position}"))
}

/// Whether the selection has objects in it: a count alone needs no page.
fn shows_nodes(info: &ResolveInfo<'_>) -> bool {
    info.field_selections().iter().any(|field| has_nodes(&field.selection_set, info.document()))
}

fn has_nodes(set: &SelectionSet, document: &ExecutableDocument) -> bool {
    set.selections.iter().any(|selection| match selection {
        Selection::Field(field) => ["nodes", "edges"].contains(&field.name.as_str()),
        Selection::InlineFragment(fragment) => has_nodes(&fragment.selection_set, document),
        Selection::FragmentSpread(spread) => document
            .fragments
            .get(&spread.fragment_name)
            .is_some_and(|fragment| has_nodes(&fragment.selection_set, document)),
    })
}
