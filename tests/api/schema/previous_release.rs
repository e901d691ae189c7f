//! The previous release on the newer schema. Between `wrangler d1 migrations apply` and `wrangler
//! deploy`, and after a `wrangler rollback`, its Workers run on the tables of this release.
//!
//! `statements-of-previous-release.sql` has every statement that the tests of that release send.
//! After a release, write it anew from the released code, and raise [`SCHEMA`]:
//!
//! ```sh
//! RECORD_STATEMENTS=tests/api/schema/statements-of-previous-release.sql \
//!   cargo test -p octopool-worker --test api
//! ```

use std::collections::BTreeMap;

use octopool_testkit::{SchemaConnection, reads, schema_up_to};

const STATEMENTS: &str = include_str!("statements-of-previous-release.sql");

/// The newest migration of that release.
const SCHEMA: u32 = 14;

fn statements() -> impl Iterator<Item = &'static str> {
    STATEMENTS.lines().filter_map(|line| line.strip_suffix(';'))
}

/// Whether a statement reads the same columns on both schemas.
fn means_the_same(sql: &str, then: &SchemaConnection, now: &SchemaConnection) -> Result<(), String> {
    let before = reads(then, sql).map_err(|error| format!("on its own schema: {error}"))?;
    let after = reads(now, sql).map_err(|error| error.to_string())?;
    if before == after { Ok(()) } else { Err(format!("reads {after:?} instead of {before:?}")) }
}

#[test]
fn every_statement_means_the_same_on_the_new_schema() {
    let (then, now) = (schema_up_to(SCHEMA), schema_up_to(u32::MAX));
    assert!(statements().count() >= 100, "the list is not whole");
    let broken: BTreeMap<_, _> =
        statements().filter_map(|sql| Some((sql, means_the_same(sql, &then, &now).err()?))).collect();
    assert!(broken.is_empty(), "a migration breaks Workers of the previous release: {broken:#?}");
}

/// Otherwise every row that such a Worker inserts would be refused.
#[test]
fn a_column_that_the_previous_release_does_not_know_may_be_left_out() {
    let columns = |schema: &SchemaConnection| -> BTreeMap<(String, String), bool> {
        let sql = "SELECT list.name, info.name, info.\"notnull\" = 1 AND info.dflt_value IS NULL \
                   FROM pragma_table_list AS list JOIN pragma_table_info(list.name) AS info \
                   WHERE list.schema = 'main' AND list.type = 'table'";
        let mut statement = schema.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let (then, now) = (columns(&schema_up_to(SCHEMA)), columns(&schema_up_to(u32::MAX)));
    for ((table, column), is_required) in &now {
        let knows_table = then.keys().any(|(known, _)| known == table);
        let knows_column = then.contains_key(&(table.clone(), column.clone()));
        assert!(!knows_table || knows_column || !is_required, "{table}.{column} needs a default");
    }
}

/// What migration 0013 did: it added `pool_id` to `caller_tokens`.
#[test]
fn a_name_that_a_migration_makes_ambiguous_or_captures_is_found() {
    let (then, now) = (schema_up_to(12), schema_up_to(13));
    let joined = "SELECT callers.id FROM caller_tokens JOIN callers ON callers.id = caller_tokens.caller_id \
                  JOIN caller_pools ON caller_pools.caller_id = callers.id WHERE pool_id = ?1";
    assert!(means_the_same(joined, &then, &now).unwrap_err().contains("ambiguous column name: pool_id"));
    let outer = "SELECT 1 FROM caller_pools WHERE EXISTS (SELECT 1 FROM caller_tokens WHERE pool_id = ?1)";
    assert!(means_the_same(outer, &then, &now).unwrap_err().contains("caller_tokens"));
    assert_eq!(means_the_same(&joined.replace("WHERE ", "WHERE caller_pools."), &then, &now), Ok(()));
}
