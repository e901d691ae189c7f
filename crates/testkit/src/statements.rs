//! The statements that tests send: each distinct one is checked once, and all are recorded on
//! request.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::{must, schema};

/// Names a file, relative to the workspace, into which every statement of the run is written.
const RECORD: &str = "RECORD_STATEMENTS";

/// The columns of SQLite's `json_each` (<https://sqlite.org/json1.html#jeach>), with which a
/// table's own columns meet in a join just as with those of another table.
const JSON_EACH: [&str; 8] = ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"];

/// What a statement reads: table and column.
pub type Reads = BTreeSet<(String, String)>;

struct Checked {
    seen: BTreeSet<String>,
    plain: Connection,
    wide: Connection,
}

static CHECKED: LazyLock<Mutex<Checked>> = LazyLock::new(|| {
    Mutex::new(Checked { seen: BTreeSet::new(), plain: schema::newest(), wide: widened(schema::newest()) })
});

/// Checks a statement when it is seen for the first time: it has to mean the same if a later
/// migration adds a column to any table, because Workers of the release before run on the newer
/// tables. So every column in a join carries the name of its table.
pub(crate) fn check(sql: &str) {
    let mut checked = CHECKED.lock().unwrap_or_else(PoisonError::into_inner);
    let sql = normalized(sql);
    if checked.seen.contains(&sql) {
        return;
    }
    let plain = must(reads(&checked.plain, &sql), &sql);
    let wide = must(reads(&checked.wide, &sql), &format!("with more columns in each table: {sql}"));
    assert_eq!(plain, wide, "a column of the same name in another table changes what this reads: {sql}");
    checked.seen.insert(sql);
    if let Ok(file) = std::env::var(RECORD) {
        let mut lines = checked.seen.iter().map(String::as_str).collect::<Vec<_>>().join(";\n");
        lines.push_str(";\n");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
        must(std::fs::write(&file, lines), RECORD);
    }
}

/// A statement on one line.
fn normalized(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a statement reads on these tables, if it can be prepared on them.
pub fn reads(connection: &Connection, sql: &str) -> Result<Reads, rusqlite::Error> {
    let reads = Arc::new(Mutex::new(Reads::new()));
    let noted = Arc::clone(&reads);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        // What a trigger reads is not the statement's.
        if let (AuthAction::Read { table_name, column_name }, None) = (context.action, context.accessor) {
            let read = (table_name.to_owned(), column_name.to_owned());
            noted.lock().unwrap_or_else(PoisonError::into_inner).insert(read);
        }
        Authorization::Allow
    }))?;
    let prepared = connection.prepare(sql).map(drop);
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    prepared?;
    let reads = std::mem::take(&mut *reads.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(reads)
}

/// The same tables, each with a column of every name that another table has.
fn widened(connection: Connection) -> Connection {
    let columns = "SELECT list.name, info.name FROM pragma_table_list AS list \
                   JOIN pragma_table_info(list.name) AS info \
                   WHERE list.schema = 'main' AND list.type = 'table' AND list.name NOT LIKE 'sqlite_%'";
    let columns: Reads = {
        let mut statement = must(connection.prepare(columns), "the columns");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        must(must(rows, "the columns").collect(), "the columns")
    };
    let tables: BTreeSet<_> = columns.iter().map(|(table, _)| table).collect();
    let names = columns.iter().map(|(_, column)| column.as_str()).chain(JSON_EACH);
    for name in names.collect::<BTreeSet<_>>() {
        for table in &tables {
            if !columns.contains(&((*table).clone(), name.to_owned())) {
                let add = format!("ALTER TABLE {table} ADD COLUMN \"{name}\" TEXT");
                must(connection.execute_batch(&add), &add);
            }
        }
    }
    connection
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_of_the_table_that_is_meant_pass() {
        check(
            "SELECT callers.id FROM callers JOIN caller_pools ON caller_pools.caller_id = callers.id \
             WHERE callers.status = ?1 AND EXISTS (SELECT 1 FROM pools WHERE id = caller_pools.pool_id)",
        );
    }

    #[test]
    #[should_panic(expected = "ambiguous column name: status")]
    fn a_bare_name_in_a_join_fails() {
        check(
            "SELECT callers.id FROM callers JOIN caller_pools ON caller_pools.caller_id = callers.id \
             WHERE status = ?1",
        );
    }

    #[test]
    #[should_panic(expected = "a column of the same name in another table changes what this reads")]
    fn a_bare_name_of_an_outer_table_fails() {
        check(
            "SELECT callers.id FROM callers \
             WHERE EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND github_login = ?1)",
        );
    }
}
