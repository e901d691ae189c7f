//! Each migration on data that it must carry over.
//!
//! `tests/migrations/` has one file per migration, of the same name. Its statements are run on the
//! schema before that migration, so they put rows into what the migration changes. After the
//! migration every row is as it was, and every query of the file has these rows:
//!
//! ```sql
//! -- expect: SELECT id, pool_id FROM caller_tokens ORDER BY id =>
//! --     {"id": "t1", "pool_id": null} {"id": "t2", "pool_id": null}
//! -- discards: cached_answers
//! ```
//!
//! `discards` names a table whose rows the migration deletes on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use octopool_testkit::{Sqlite, migrations};
use serde_json::{Map, Value};

/// What a file says beside its statements.
#[derive(Debug, Default, PartialEq)]
struct Expectations {
    /// A query, and its rows.
    rows: Vec<(String, Vec<Map<String, Value>>)>,
    discards: BTreeSet<String>,
}

impl Expectations {
    fn parse(text: &str) -> Self {
        let mut expectations = Self::default();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(table) = line.strip_prefix("-- discards:") {
                expectations.discards.insert(table.trim().to_owned());
            }
            let Some(expect) = line.strip_prefix("-- expect:") else { continue };
            let mut expect = expect.to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with("--     ")) {
                expect.push_str(&more[2..]);
            }
            let (query, rows) = expect.split_once("=>").unwrap();
            let rows = serde_json::Deserializer::from_str(rows).into_iter();
            expectations.rows.push((query.trim().to_owned(), rows.collect::<Result<_, _>>().unwrap()));
        }
        expectations
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrations")
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

/// Every table with its rows, without those that SQLite itself has.
fn tables(database: &Sqlite) -> BTreeMap<String, Vec<Map<String, Value>>> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let names = database.rows(tables).into_iter().map(|row| row["name"].as_str().unwrap().to_owned());
    names.map(|name| (name.clone(), database.rows(&format!("SELECT * FROM {name} ORDER BY 1, 2")))).collect()
}

/// The statements by which the schema is made, each with the table that it is about.
fn schema(database: &Sqlite) -> BTreeSet<(String, String)> {
    let rows = database.rows("SELECT tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(&row["tbl_name"]), text(&row["sql"]))).collect()
}

/// The rows with the columns that others of them have; a column that is new is left out.
fn with_columns_of(rows: &[Map<String, Value>], others: &[Map<String, Value>]) -> Vec<Map<String, Value>> {
    let mut rows = rows.to_vec();
    if let Some(other) = others.first() {
        for row in &mut rows {
            row.retain(|column, _| other.contains_key(column));
        }
    }
    rows
}

#[test]
fn each_migration_has_a_file_of_data_and_each_file_a_migration() {
    let mut files: Vec<_> =
        fs::read_dir(folder()).unwrap().map(|entry| name(&entry.unwrap().path())).collect();
    files.sort();
    let migrations: Vec<_> = migrations().iter().map(|file| name(file)).collect();
    assert_eq!(files, migrations, "tests/migrations has what each migration must carry over");
}

#[test]
fn each_migration_carries_its_data_over() {
    let all = migrations();
    for (index, migration) in all.iter().enumerate() {
        let (name, database) = (name(migration), Sqlite::empty());
        let data = fs::read_to_string(folder().join(&name)).unwrap();
        let expectations = Expectations::parse(&data);
        assert!(!expectations.rows.is_empty(), "{name} expects nothing");
        all[..index].iter().for_each(|earlier| database.apply(earlier));
        database.execute(&data).unwrap_or_else(|error| panic!("tests/migrations/{name}: {error}"));
        let (before, schema_before) = (tables(&database), schema(&database));
        database.apply(migration);
        let after = tables(&database);
        for (table, rows) in &before {
            if expectations.discards.contains(table) {
                assert!(!rows.is_empty() && after[table].is_empty(), "{name} does not discard {table}");
            } else {
                assert_eq!(&with_columns_of(&after[table], rows), rows, "{name} changes rows of {table}");
            }
        }
        // What is made anew or differently, indexes and triggers included, has rows to meet.
        for (table, _) in schema(&database).difference(&schema_before) {
            let rows = before.get(table);
            assert!(
                rows.is_none_or(|rows| !rows.is_empty()),
                "tests/migrations/{name} has no row for {table}"
            );
        }
        for (query, expected) in expectations.rows {
            assert_eq!(database.rows(&query), expected, "{name}: {query}");
        }
        is_whole(&database, &name);
        // The migrations after it take what it made.
        all[index + 1..].iter().for_each(|later| database.apply(later));
        is_whole(&database, &name);
    }
}

#[track_caller]
fn is_whole(database: &Sqlite, migration: &str) {
    assert_eq!(database.value("SELECT count(*) FROM pragma_foreign_key_check"), 0, "{migration}");
    assert_eq!(database.value("PRAGMA integrity_check"), "ok", "{migration}");
}

#[test]
fn expectations_are_read_from_comments() {
    let text = "-- A sentence.\nINSERT INTO t VALUES (1);\n-- expect: SELECT a FROM t\n--     ORDER BY a =>\n\
                --     {\"a\": 1}\n--     {\"a\": null}\n-- expect: SELECT 1 WHERE 0 =>\n-- discards: u\n";
    let row = |value: Value| Map::from_iter([("a".to_owned(), value)]);
    let expected = Expectations {
        rows: vec![
            ("SELECT a FROM t     ORDER BY a".to_owned(), vec![row(1.into()), row(Value::Null)]),
            ("SELECT 1 WHERE 0".to_owned(), Vec::new()),
        ],
        discards: BTreeSet::from(["u".to_owned()]),
    };
    assert_eq!(Expectations::parse(text), expected);
}
