//! Reading a dump: its statements for the tables that matter are executed by an SQLite in memory,
//! which reads all forms of literals as the database that wrote them.

use std::collections::BTreeMap;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};

use super::row::{Cell, Row};
use super::statements::{Kind, statements};

/// The tables that matter. All others are skipped without being looked into.
const TABLES: [&str; 6] =
    ["pools", "callers", "caller_pools", "caller_tokens", "identities", "identity_scopes"];

/// Databases from before clients had tokens of their own have no such table; each caller has a
/// token there.
const OPTIONAL: &str = "caller_tokens";

/// The largest statement and value. D1 itself allows 2 MB for a row.
const LARGEST_TEXT: i32 = 4 * 1024 * 1024;
/// Pages of 4 KiB: 256 MiB of tables.
const MOST_PAGES: u32 = 65_536;
/// Instructions of SQLite for one statement. A row takes about fifty.
const MOST_INSTRUCTIONS: i32 = 50_000_000;

/// The rows of the tables that matter, in the order in which the database had them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(super) pools: Vec<Row>,
    pub(super) callers: Vec<Row>,
    pub(super) caller_pools: Vec<Row>,
    pub(super) caller_tokens: Vec<Row>,
    pub(super) identities: Vec<Row>,
    pub(super) identity_scopes: Vec<Row>,
}

/// Reads a dump; otherwise what is wrong with it, as a sentence without a full stop. Nothing of the
/// dump is in it, because it may hold credentials.
pub(crate) fn read(dump: &str) -> Result<Tables, String> {
    let connection =
        connection().map_err(|problem| format!("SQLite does not start: {}", name_of(&problem)))?;
    for (kind, statement) in statements(dump) {
        let (Kind::CreateTable(table) | Kind::Insert(table)) = kind else { continue };
        if TABLES.contains(&table.as_str()) {
            connection.execute_batch(statement.text).map_err(|problem| {
                format!(
                    "the statement for the table `{table}` in line {} cannot be executed: {}",
                    statement.line,
                    name_of(&problem)
                )
            })?;
        }
    }
    // Reading the tables is our own business.
    connection
        .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
        .map_err(|problem| name_of(&problem).to_owned())?;
    let [pools, callers, caller_pools, caller_tokens, identities, identity_scopes] =
        TABLES.map(|table| rows(&connection, table));
    Ok(Tables {
        pools: pools?,
        callers: callers?,
        caller_pools: caller_pools?,
        caller_tokens: caller_tokens?,
        identities: identities?,
        identity_scopes: identity_scopes?,
    })
}

/// A database in memory in which a dump can only create tables and fill them, within limits: a dump
/// is a file that somebody else may have written.
fn connection() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; PRAGMA max_page_count = {MOST_PAGES}"))?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_TEXT)?;
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, LARGEST_TEXT)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.progress_handler(MOST_INSTRUCTIONS, Some(|| true))?;
    connection.authorizer(Some(|context: AuthContext<'_>| authorize(context.action)))?;
    Ok(connection)
}

/// Fails closed: an action that is not in this list is refused, whatever SQLite adds.
fn authorize(action: AuthAction<'_>) -> Authorization {
    let is_allowed = match action {
        AuthAction::CreateTable { .. }
        | AuthAction::CreateIndex { .. }
        | AuthAction::Reindex { .. }
        | AuthAction::Insert { .. }
        | AuthAction::Read { .. }
        // A list of rows is a SELECT.
        | AuthAction::Select
        | AuthAction::Transaction { .. } => true,
        // How SQLite itself writes down a new table.
        AuthAction::Update { table_name, .. } => table_name == "sqlite_master",
        // Functions in defaults, checks and values are harmless, but for this one.
        AuthAction::Function { function_name } => !function_name.eq_ignore_ascii_case("load_extension"),
        _ => false,
    };
    if is_allowed { Authorization::Allow } else { Authorization::Deny }
}

/// The kind of a failure: SQLite's own message quotes the statement.
fn name_of(problem: &rusqlite::Error) -> &'static str {
    match problem.sqlite_error_code() {
        Some(ErrorCode::AuthorizationForStatementDenied) => "it does more than create or fill a table",
        Some(ErrorCode::ConstraintViolation) => "a row violates a constraint of its table",
        Some(ErrorCode::TooBig) => "it has more than 4 MiB",
        Some(ErrorCode::DiskFull | ErrorCode::OutOfMemory) => "the tables have more than 256 MiB",
        Some(ErrorCode::OperationInterrupted) => "it takes too long",
        _ => "it is not valid SQL",
    }
}

/// All rows of a table.
fn rows(connection: &Connection, table: &'static str) -> Result<Vec<Row>, String> {
    let select = connection.prepare(&format!("SELECT * FROM {table}"));
    let mut select = match select {
        Ok(select) => select,
        Err(_) if table == OPTIONAL => return Ok(Vec::new()),
        Err(_) => {
            return Err(format!(
                "it has no table `{table}`, so it is not a complete export of octopool's database"
            ));
        }
    };
    let columns: Vec<_> = select.column_names().into_iter().map(str::to_ascii_lowercase).collect();
    let read = |row: &rusqlite::Row<'_>| {
        let cells = columns.iter().enumerate();
        let cells = cells.map(|(index, name)| Ok((name.clone(), cell(row.get_ref(index)?))));
        cells.collect::<rusqlite::Result<BTreeMap<_, _>>>().map(Row::new)
    };
    let rows = select.query_map([], read).and_then(Iterator::collect);
    rows.map_err(|problem| format!("the table `{table}` cannot be read: {}", name_of(&problem)))
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) => String::from_utf8(bytes.to_vec()).map_or(Cell::Bytes, Cell::text),
        ValueRef::Blob(_) => Cell::Bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLES, read};

    /// Every table with one column.
    fn schema() -> String {
        TABLES
            .map(|table| format!("CREATE TABLE {table} (id TEXT CHECK (length(id) < 9), UNIQUE (id));\n"))
            .concat()
    }

    #[test]
    fn literals_are_read_as_sqlite_writes_them() {
        let dump = schema()
            + "INSERT INTO \"pools\" (\"id\") VALUES('it''s'),(replace('a\\nb','\\n',char(10))),('a'||'b'),(NULL),(7);";
        let ids: Vec<_> = read(&dump).unwrap().pools.iter().map(|row| row.shown("id")).collect();
        assert_eq!(ids, ["it's", "a b", "ab", "(null)", "7"]);
    }

    #[test]
    fn a_dump_can_do_nothing_but_create_and_fill_the_tables() {
        let canary = std::env::temp_dir().join("octopool-import-canary");
        let refused = |more: &str| read(&format!("{}{more}", schema())).unwrap_err();
        for (more, problem) in [
            ("INSERT INTO pools SELECT load_extension('x');", "not valid SQL"),
            (
                "INSERT INTO pools WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n;",
                "does more than",
            ),
            ("INSERT INTO pools VALUES(zeroblob(100000000));", "more than 4 MiB"),
            (
                "INSERT INTO pools SELECT a.name FROM pragma_function_list AS a, pragma_function_list AS b, pragma_function_list AS c, pragma_function_list AS d WHERE a.name = 'nothing' OR d.name IS NULL;",
                "",
            ),
            ("INSERT INTO pools VALUES('twice'),('twice');", "violates a constraint"),
            ("INSERT INTO pools VALUES('secret' secret);", "line 7 cannot be executed: it is not valid SQL"),
            ("INSERT INTO pools VALUES('far too long');", "violates a constraint"),
            ("CREATE TABLE pools AS SELECT 1;", "not valid SQL"),
        ] {
            let told = refused(more);
            assert!(told.contains(problem) && !told.contains("secret"), "{more}: {told}");
        }
        for skipped in [
            format!("ATTACH '{}' AS other;", canary.display()),
            format!("VACUUM INTO '{}';", canary.display()),
            "DROP TABLE pools;".to_owned(),
            "PRAGMA writable_schema = 1; INSERT INTO sqlite_master VALUES(1,2,3,4,5);".to_owned(),
            "CREATE TRIGGER t AFTER INSERT ON pools BEGIN DELETE FROM pools; INSERT INTO pools VALUES(new.id); END;"
                .to_owned(),
            "CREATE VIRTUAL TABLE f USING fts5(a);".to_owned(),
            "INSERT INTO audit_events VALUES(syntax error".to_owned() + ");",
        ] {
            assert_eq!(read(&format!("{}{skipped}", schema())).unwrap().pools.len(), 0, "{skipped}");
        }
        assert!(!canary.exists());
    }

    #[test]
    fn what_is_not_a_complete_export_is_told() {
        assert!(read("").unwrap_err().contains("no table `pools`"));
        let without =
            |table: &str| read(&schema().replace(&format!("CREATE TABLE {table} "), "CREATE TABLE other "));
        // `other` occurs once, so the schema stays valid.
        assert!(without("identities").unwrap_err().contains("no table `identities`"));
        assert!(without("caller_tokens").unwrap().caller_tokens.is_empty());
    }
}
