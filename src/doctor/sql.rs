//! What the database has: tables, indexes, triggers, and what wrangler noted of the migrations.

use serde::Deserialize;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::Answers;

/// Where wrangler notes which migrations it has applied
/// (<https://developers.cloudflare.com/d1/reference/migrations/>).
const NOTES: &str = "d1_migrations";

/// A table, an index or a trigger.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct SchemaObject {
    /// Its name.
    pub name: String,
    /// How it was made, with every column.
    pub sql: Option<String>,
}

/// What there is.
#[derive(Clone, Debug, Default)]
pub(super) struct Schema {
    /// Tables, indexes and triggers.
    pub objects: Vec<SchemaObject>,
    /// The migrations that wrangler applied, in order; `None` if it applied none to this database.
    pub applied: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Noted {
    name: String,
}

/// Reads it.
pub(super) async fn read(database: &dyn Database) -> Result<Schema, DatabaseError> {
    let select =
        Statement::new("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index', 'trigger')", []);
    let objects: Vec<SchemaObject> = Answers::new(database.batch(vec![select]).await?).all()?;
    if objects.iter().all(|object| object.name != NOTES) {
        return Ok(Schema { objects, applied: None });
    }
    let select = Statement::new("SELECT name FROM d1_migrations ORDER BY id", []);
    let noted: Vec<Noted> = Answers::new(database.batch(vec![select]).await?).all()?;
    Ok(Schema { objects, applied: Some(noted.into_iter().map(|noted| noted.name).collect()) })
}
