//! Revisions move when, and only when, something changes that an `ETag` covers, whoever changes it.

use octopool_testkit::Sqlite;

use super::{CALLER, POOL, identity};

/// A pool with a caller and an identity, as Workers write them that do not know revisions.
fn database() -> Sqlite {
    let database = Sqlite::migrated();
    for sql in [
        POOL,
        "INSERT INTO pools (id, policy_json, created_at, updated_at) VALUES ('other', '{}', 1, 1)",
        CALLER,
        "INSERT INTO caller_pools VALUES ('c1', 'team', 1)",
        &identity("p1", "pat", "NULL"),
        "INSERT INTO identity_scopes VALUES ('p1', 0, 'acme', NULL, 0)",
    ] {
        database.execute(sql).unwrap();
    }
    database
}

fn revision(database: &Sqlite, table: &str) -> i64 {
    let order = "ORDER BY id DESC LIMIT 1";
    database.value(&format!("SELECT revision FROM {table} {order}")).as_i64().unwrap()
}

#[test]
fn what_an_etag_covers_moves_the_revision() {
    let database = database();
    for (table, sql) in [
        ("pools", "UPDATE pools SET policy_json = policy_json || ' '"),
        ("identities", "UPDATE identities SET login = 'hubot'"),
        ("identities", "UPDATE identities SET login = 'Hubot'"),
        ("identities", "UPDATE identities SET secret_ref = 'OTHER'"),
        ("identities", "UPDATE identities SET weight = 7, updated_at = 9"),
        ("identities", "UPDATE identities SET status = 'disabled'"),
        ("identities", "UPDATE identities SET kind = 'github_app', installation_id = 5"),
        ("identities", "UPDATE identities SET installation_id = 6"),
        ("identities", "UPDATE identities SET app_id = '4242'"),
        ("identities", "UPDATE identities SET app_id = NULL"),
        ("identities", "UPDATE identities SET pool_id = 'other'"),
        ("identities", "UPDATE identity_scopes SET owner = 'ACME'"),
        ("identities", "UPDATE identity_scopes SET repo = 'rocket'"),
        ("identities", "UPDATE identity_scopes SET repo = 'Rocket'"),
        ("identities", "UPDATE identity_scopes SET allow_private = 1"),
        ("identities", "UPDATE identity_scopes SET position = 3"),
        ("identities", "INSERT INTO identity_scopes VALUES ('p1', 1, 'umbrella', NULL, 0)"),
        ("identities", "DELETE FROM identity_scopes WHERE position = 1"),
        ("callers", "UPDATE callers SET name = 'hubot'"),
        ("callers", "UPDATE callers SET status = 'disabled'"),
        ("callers", "UPDATE callers SET github_user_id = 7"),
        ("callers", "INSERT INTO caller_pools VALUES ('c1', 'other', 1)"),
        ("callers", "DELETE FROM caller_pools WHERE pool_id = 'team'"),
        ("callers", "UPDATE caller_pools SET pool_id = 'team'"),
    ] {
        let before = revision(&database, table);
        database.execute(sql).unwrap();
        assert!(revision(&database, table) > before, "{sql}");
    }
}

#[test]
fn equal_values_and_what_no_etag_covers_do_not_move_it() {
    let database = database();
    let all = |database: &Sqlite| ["pools", "identities", "callers"].map(|table| revision(database, table));
    let before = all(&database);
    for sql in [
        "UPDATE pools SET policy_json = policy_json, updated_at = 9",
        "UPDATE identities SET login = login, weight = weight, installation_id = NULL, app_id = NULL, updated_at = 9",
        "UPDATE identity_scopes SET owner = owner, repo = NULL, allow_private = 0",
        "UPDATE callers SET name = name, status = status, github_login = 'mona', org_verified_at = 9, updated_at = 9",
        "UPDATE caller_pools SET pool_id = pool_id, created_at = 9",
        "INSERT INTO caller_pools VALUES ('c1', 'team', 1) ON CONFLICT DO NOTHING",
        "INSERT INTO pools (id, policy_json, created_at, updated_at) VALUES ('team', '{}', 1, 1) \
         ON CONFLICT (id) DO UPDATE SET policy_json = excluded.policy_json",
    ] {
        database.execute(sql).unwrap();
        assert_eq!(all(&database), before, "{sql}");
    }
}

#[test]
fn an_object_that_is_made_again_has_another_revision() {
    let database = database();
    let before = revision(&database, "identities");
    database.execute("DELETE FROM identities").unwrap();
    database.execute(&identity("p1", "pat", "NULL")).unwrap();
    database.execute("INSERT INTO identity_scopes VALUES ('p1', 0, 'acme', NULL, 0)").unwrap();
    assert_ne!(revision(&database, "identities"), before);
}

#[test]
fn a_worker_that_sets_the_revision_knows_it_whatever_else_the_batch_changes() {
    let database = database();
    for scopes in 0..3 {
        let seen = revision(&database, "identities");
        database.execute("DELETE FROM identity_scopes").unwrap();
        for position in 0..scopes {
            let scope =
                format!("INSERT INTO identity_scopes VALUES ('p1', {position}, 'a{position}', NULL, 0)");
            database.execute(&scope).unwrap();
        }
        let update = format!("UPDATE identities SET weight = {scopes}, revision = {seen} + 1");
        database.execute(&update).unwrap();
        assert_eq!(revision(&database, "identities"), seen + 1);
    }
}
