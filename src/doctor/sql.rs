//! The database's tables, indexes and triggers, and the migrations that wrangler recorded.

use serde::Deserialize;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::Answers;

/// Where wrangler records applied migrations
/// (<https://developers.cloudflare.com/d1/reference/migrations/>).
const NOTES: &str = "d1_migrations";

/// A table, an index or a trigger.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct SchemaObject {
    /// Its name.
    pub name: String,
    /// The statement that created it, with its current columns.
    pub sql: Option<String>,
}

/// The schema of the database.
#[derive(Clone, Debug, Default)]
pub(super) struct Schema {
    /// Tables, indexes and triggers.
    pub objects: Vec<SchemaObject>,
    /// The migrations that wrangler applied, in order; `None` if it applied none.
    pub applied: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Noted {
    name: String,
}

/// Reads the schema.
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
