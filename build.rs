//! Writes down which migrations there are and what each of them leaves in the database, so that the
//! Worker can tell whether its database has them all (`src/doctor/schema.rs`). Read from the files
//! themselves: a list kept by hand would be forgotten.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=build.rs");
    let mut names = Vec::new();
    for entry in fs::read_dir(Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("migrations"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            names.push(path);
        }
    }
    names.sort();
    let mut left = Left::default();
    for (index, path) in names.iter().enumerate() {
        left.run(index, &fs::read_to_string(path)?);
    }
    let mut table = String::from("&[\n");
    for (index, path) in names.iter().enumerate() {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a migration's name is not text")?;
        let objects: Vec<_> = left.0.iter().filter(|(_, origin)| origin.migration == index).collect();
        let objects: Vec<_> = objects.into_iter().map(|(object, _)| object.as_str()).collect();
        writeln!(table, "    Migration {{ name: {name:?}, leaves: &{objects:?} }},")?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), table)?;
    Ok(())
}

/// What is there after the migrations so far: tables, indexes, triggers, and columns that were
/// added later, as `table.column`.
#[derive(Default)]
struct Left(BTreeMap<String, Origin>);

/// Which migration left something, and on which table.
struct Origin {
    migration: usize,
    table: String,
}

impl Left {
    /// Follows the statements of one migration. Statements that change no schema are passed over.
    fn run(&mut self, migration: usize, sql: &str) {
        let without_comments = |line: &str| line.split("--").next().unwrap_or_default().to_owned();
        let sql = sql.lines().map(without_comments).collect::<Vec<_>>().join(" ");
        for statement in sql.split(';') {
            let noise = |word: &&str| {
                !["IF", "NOT", "EXISTS", "UNIQUE", "COLUMN"].contains(&word.to_ascii_uppercase().as_str())
            };
            let statement = statement.replace('(', " ( ");
            let words: Vec<_> = statement.split_whitespace().filter(noise).collect();
            let upper: Vec<_> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
            let upper: Vec<_> = upper.iter().map(String::as_str).collect();
            let word = |index: usize| words.get(index).copied().unwrap_or_default().to_owned();
            match upper.as_slice() {
                ["CREATE", "TABLE", ..] => self.add(word(2), migration, word(2)),
                ["CREATE", "INDEX", _, "ON", ..] => self.add(word(2), migration, word(4)),
                // Up to the first statement of its body, which ends with a semicolon as well.
                ["CREATE", "TRIGGER", _, "AFTER", event @ ..] => {
                    let on = event.iter().position(|word| *word == "ON").unwrap_or_default();
                    self.add(word(2), migration, word(on + 5));
                }
                ["ALTER", "TABLE", _, "ADD", ..] => {
                    self.add(format!("{}.{}", word(2), word(4)), migration, word(2));
                }
                ["ALTER", "TABLE", _, "DROP", ..] => drop(self.0.remove(&format!("{}.{}", word(2), word(4)))),
                ["ALTER", "TABLE", _, "RENAME", "TO", ..] => self.rename(&word(2), &word(5)),
                ["DROP", "TABLE", ..] => self.0.retain(|_, origin| origin.table != word(2)),
                ["DROP", "INDEX" | "TRIGGER", ..] => drop(self.0.remove(&word(2))),
                _ => {}
            }
        }
    }

    fn add(&mut self, object: String, migration: usize, table: String) {
        self.0.insert(object, Origin { migration, table });
    }

    fn rename(&mut self, table: &str, name: &str) {
        let moved: Vec<_> = self
            .0
            .iter()
            .filter(|(_, origin)| origin.table == table)
            .map(|(object, _)| object.clone())
            .collect();
        for object in moved {
            if let Some(origin) = self.0.remove(&object) {
                let renamed = match object.split_once('.') {
                    Some((_, column)) => format!("{name}.{column}"),
                    None if object == table => name.to_owned(),
                    None => object,
                };
                self.add(renamed, origin.migration, name.to_owned());
            }
        }
    }
}
