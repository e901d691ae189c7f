//! The SQL of a coordinator's own storage, the SQLite of its Durable Object. One table: what it
//! knows, as JSON by key.

/// Makes the table of a new object.
pub(crate) const CREATE: &str = "CREATE TABLE IF NOT EXISTS records (key TEXT NOT NULL PRIMARY KEY, record TEXT NOT NULL, ends_at INTEGER NOT NULL)";
/// Reads everything, as `record`.
pub(crate) const READ: &str = "SELECT record FROM records";
/// Writes one record in place of an earlier one: key, record, end in milliseconds.
pub(crate) const WRITE: &str = "INSERT INTO records (key, record, ends_at) VALUES (?, ?, ?) \
     ON CONFLICT (key) DO UPDATE SET record = excluded.record, ends_at = excluded.ends_at";
/// Deletes what had ended before a time in milliseconds.
pub(crate) const SWEEP: &str = "DELETE FROM records WHERE ends_at < ?";
