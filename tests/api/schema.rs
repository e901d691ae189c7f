//! The migrations: from nothing, onto rows, and the constraints that bite when an operator's own
//! SQL goes wrong.

mod carried_over;
mod previous_release;
mod revisions;

use octopool_testkit::{Sqlite, migrations};

const POOL: &str = "INSERT INTO pools (id, policy_json, created_at, updated_at) VALUES ('team', '{}', 1, 1);";
const CALLER: &str = "INSERT INTO callers (id, name, github_login, github_user_id, org_login, org_verified_at, \
                          created_at, updated_at) \
     VALUES ('c1', 'Hubot', 'hubot', 1002, 'acme', 1, 1, 1);";

fn identity(id: &str, kind: &str, installation: &str) -> String {
    format!(
        "INSERT INTO identities (id, pool_id, kind, login, secret_ref, installation_id, weight, \
                                 created_at, updated_at) \
         VALUES ('{id}', 'team', '{kind}', 'mona', 'REF', {installation}, 100, 1, 1);"
    )
}

fn token(id: &str, client: &str, digit: char) -> String {
    let hash = String::from(digit).repeat(43);
    format!(
        "INSERT INTO caller_tokens (id, caller_id, client_name, token_hash, created_at, last_used_at) \
         VALUES ('{id}', 'c1', '{client}', '{hash}', 1, 1);"
    )
}

/// Runs good statements, then one that must fail with this constraint.
#[track_caller]
fn refused(good: &[&str], bad: &str, constraint: &str) {
    let database = Sqlite::migrated();
    for sql in good {
        database.execute(sql).unwrap();
    }
    let error = database.execute(bad).unwrap_err().to_string();
    assert!(error.contains(constraint), "{bad}: {error}");
}

#[test]
fn every_table_is_strict() {
    let database = Sqlite::migrated();
    let lax = database.rows(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 \
         AND name NOT LIKE 'sqlite_%'",
    );
    assert!(lax.is_empty(), "{lax:?}");
}

#[test]
fn migrations_are_numbered_once_each_and_named_by_what_they_do() {
    let mut last = 0;
    for file in migrations() {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let (number, words) = name.split_once('_').unwrap();
        let number = number.parse::<usize>().unwrap();
        assert!(number > last, "{name} comes after {last}");
        last = number;
        assert!(words.split('_').count() >= 2, "{name}: verb_noun");
    }
}

#[test]
fn one_caller_per_account_and_org_whatever_the_case_or_status() {
    for status in ["active", "disabled"] {
        let second =
            format!("INSERT INTO callers VALUES ('c2', 'X', 'x', 1002, 'ACME', '{status}', 1, 1, 1, 0)");
        refused(&[CALLER], &second, "UNIQUE");
    }
}

#[test]
fn one_token_per_client_and_one_client_per_token() {
    let first = token("t1", "ci", 'a');
    refused(&[POOL, CALLER, &first], &token("t2", "ci", 'b'), "UNIQUE");
    refused(&[POOL, CALLER, &first], &token("t2", "laptop", 'a'), "UNIQUE");
    let database = Sqlite::migrated();
    for sql in [POOL, CALLER, &first, &token("t2", "CI", 'b')] {
        database.execute(sql).unwrap();
    }
}

#[test]
fn a_digest_is_a_digest_and_never_a_token() {
    refused(&[CALLER], "INSERT INTO caller_tokens VALUES ('t', 'c1', 'ci', 'op_short', 1, 1, NULL)", "CHECK");
}

#[test]
fn an_admin_token_has_one_name_one_digest_and_no_restriction_that_is_blank() {
    let token = |name: &str, digit: char, pool: &str| {
        let hash = String::from(digit).repeat(43);
        format!("INSERT INTO admin_tokens VALUES ('{name}', '{hash}', {pool}, NULL, 1, NULL)")
    };
    let first = token("ci", 'a', "'team'");
    refused(&[&first], &token("ci", 'b', "NULL"), "UNIQUE");
    refused(&[&first], &token("other", 'a', "NULL"), "UNIQUE");
    refused(&[], &token("ci", 'a', "''"), "CHECK");
    refused(&[], "INSERT INTO admin_tokens VALUES ('ci', 'opa_short', NULL, NULL, 1, NULL)", "CHECK");
}

#[test]
fn a_kept_answer_is_whole_and_its_claim_somebodys() {
    let (record, request) = ("r".repeat(43), "b".repeat(43));
    let row = |claim: &str, sealed: &str, outcome: &str| {
        format!(
            "INSERT INTO idempotency_keys VALUES ('{record}', {claim}, '{request}', 1, 1, {sealed}, {outcome})"
        )
    };
    refused(&[], &row("NULL", "NULL", "NULL"), "NOT NULL");
    refused(&[], &row("'c'", "'s'", "NULL"), "CHECK");
    refused(&[], &row("'c'", "NULL", "'{}'"), "CHECK");
    refused(&[], &row("'c'", "'s'", "'no json'"), "CHECK");
    refused(&[&row("'c'", "'s'", "'{}'")], &row("'d'", "NULL", "NULL"), "UNIQUE");
}

#[test]
fn a_cut_removed_something_and_is_signed() {
    let (digest, short) = ("d".repeat(43), "d");
    let cut = |digest: &str, removed: i64, signature: &str| {
        format!("INSERT INTO audit_cuts VALUES (7, '{digest}', {removed}, 1, 'admin', '{signature}')")
    };
    refused(&[], &cut(&digest, 0, &digest), "CHECK");
    refused(&[], &cut(short, 7, &digest), "CHECK");
    refused(&[], &cut(&digest, 7, short), "CHECK");
    refused(&[&cut(&digest, 7, &digest)], &cut(&digest, 7, &digest), "UNIQUE");
}

#[test]
fn only_an_installation_has_an_installation_id() {
    refused(&[POOL], &identity("p1", "pat", "5"), "CHECK");
    refused(&[POOL], &identity("p1", "github_app", "NULL"), "CHECK");
    refused(&[POOL], &identity("p1", "github_app", "9007199254740992"), "CHECK");
    refused(&[POOL], &identity("p1", "oauth", "NULL"), "CHECK");
    refused(&[POOL], &identity("p1", "github_app", "'many'"), "cannot store TEXT");
    let app = "UPDATE identities SET app_id = '4242'";
    refused(&[POOL, &identity("p1", "github_app", "5"), app], "UPDATE identities SET app_id = '-'", "CHECK");
    refused(&[POOL, &identity("p1", "pat", "NULL")], app, "CHECK");
}

#[test]
fn what_is_referred_to_must_be_there_and_stay() {
    refused(&[], &identity("p1", "pat", "NULL"), "FOREIGN KEY");
    refused(&[POOL], &token("t1", "ci", 'a'), "FOREIGN KEY");
    refused(&[POOL, &identity("p1", "pat", "NULL")], "DELETE FROM pools", "FOREIGN KEY");
}

#[test]
fn what_hangs_on_a_caller_or_an_identity_goes_with_it() {
    let database = Sqlite::migrated();
    for sql in [
        POOL,
        CALLER,
        &token("t1", "ci", 'a'),
        "INSERT INTO caller_pools VALUES ('c1', 'team', 1)",
        &identity("p1", "pat", "NULL"),
        "INSERT INTO identity_scopes VALUES ('p1', 0, 'acme', NULL, 0)",
        "DELETE FROM callers",
        "DELETE FROM identities",
    ] {
        database.execute(sql).unwrap();
    }
    for table in ["caller_tokens", "caller_pools", "identity_scopes"] {
        assert_eq!(database.value(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[test]
fn equal_scopes_are_one_and_every_owner_is_every_repository() {
    let p1 = identity("p1", "pat", "NULL");
    let first = "INSERT INTO identity_scopes VALUES ('p1', 0, 'acme', NULL, 0)";
    refused(&[POOL, &p1, first], "INSERT INTO identity_scopes VALUES ('p1', 1, 'ACME', NULL, 0)", "UNIQUE");
    refused(&[POOL, &p1], "INSERT INTO identity_scopes VALUES ('p1', 0, '*', 'rocket', 0)", "CHECK");
    refused(&[POOL, &p1], "INSERT INTO identity_scopes VALUES ('p1', 100, 'acme', NULL, 0)", "CHECK");
}

#[test]
fn audit_rows_are_numbered_in_order_and_never_again() {
    let database = Sqlite::migrated();
    let event = "INSERT INTO audit_events (at, actor, action, subject, request_id, detail) \
                 VALUES (1, 'admin', 'caller.provision', 'c1', 'r', '{}');";
    database.execute(event).unwrap();
    database.execute("DELETE FROM audit_events").unwrap();
    database.execute(event).unwrap();
    assert_eq!(database.value("SELECT seq FROM audit_events"), 2);
    refused(&[], &event.replace("'{}'", "'no json'"), "CHECK");
    refused(&[], &event.replace("caller.provision", "Something"), "CHECK");
}

#[test]
fn audit_digests_are_digests_or_not_there_yet() {
    let event = "INSERT INTO audit_events (at, actor, action, subject, request_id, detail) \
                 VALUES (1, 'admin', 'caller.provision', 'c1', 'r', '{}');";
    for column in ["digest", "content_digest"] {
        refused(&[event], &format!("UPDATE audit_events SET {column} = 'x'"), "CHECK");
    }
}
