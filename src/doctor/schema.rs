//! Whether the database has the schema that this build needs.

use super::sql::Schema;

/// A migration of this build.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The file's name, which wrangler records.
    pub name: &'static str,
    /// What it creates: tables, indexes, and added columns as `table.column`.
    pub leaves: &'static [&'static str],
}

/// Every migration, by number, generated from the files by `build.rs`.
pub const MIGRATIONS: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The schema version that this build needs: its newest migration, without the extension.
pub fn schema_version() -> &'static str {
    MIGRATIONS.last().map_or("none", |migration| migration.name.trim_end_matches(".sql"))
}

/// The migrations that are not completely in the database. The schema decides and not wrangler's
/// record: a migration that was applied by hand counts, and one whose table was dropped does not.
pub(crate) fn missing(schema: &Schema) -> Vec<&'static str> {
    let incomplete =
        MIGRATIONS.iter().filter(|migration| !migration.leaves.iter().all(|object| has(schema, object)));
    incomplete.map(|migration| migration.name).collect()
}

/// The migrations that wrangler recorded and this build does not know: the database is newer than
/// the Worker.
pub(crate) fn unknown(schema: &Schema) -> Vec<String> {
    let is_known = |name: &str| MIGRATIONS.iter().any(|migration| migration.name == name);
    schema.applied.iter().flatten().filter(|name| !is_known(name)).cloned().collect()
}

fn has(schema: &Schema, object: &str) -> bool {
    let (name, column) =
        object.split_once('.').map_or((object, None), |(table, column)| (table, Some(column)));
    let found = schema.objects.iter().find(|known| known.name.eq_ignore_ascii_case(name));
    found.is_some_and(|found| {
        column.is_none_or(|column| words(found.sql.as_deref()).any(|word| word == column))
    })
}

fn words(sql: Option<&str>) -> impl Iterator<Item = &str> {
    sql.unwrap_or_default().split(|symbol: char| !symbol.is_ascii_alphanumeric() && symbol != '_')
}
