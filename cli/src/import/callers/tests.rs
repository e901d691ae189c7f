//! Callers, their grants and their clients, as a dump has them and as they are carried over.

use octopool_core::CallerToken;
use serde_json::{Value, json};

use crate::import::row::samples::rows;
use crate::import::{Account, Import, Question, Tables, Target, carry_over, questions};

fn digest(number: u8) -> String {
    CallerToken::from_random([number; 32]).digest().as_str().to_owned()
}

fn caller(id: &str, changes: &Value) -> Value {
    let mut caller = json!({
        "id": id, "name": "Mona", "github_login": "mona", "org_login": "Acme", "status": "active",
        "github_user_id": 1001, "updated_at": "2026-01-02 03:04:05", "token_hash": digest(99),
    });
    caller.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    caller
}

fn token(caller: &str, client: &str, number: u8, at: &str) -> Value {
    json!({"caller_id": caller, "client_name": client, "token_hash": digest(number), "updated_at": at})
}

fn tables(callers: &Value, tokens: &Value) -> Tables {
    let of_dump = |id: &str| callers.as_array().unwrap().iter().any(|caller| caller["id"] == id);
    let grants: Vec<_> = [("c1", "team"), ("c2", "a b")]
        .into_iter()
        .filter(|(caller, _)| of_dump(caller))
        .map(|(caller, pool)| json!({"caller_id": caller, "pool_id": pool}))
        .collect();
    Tables {
        pools: rows(&json!([{"id": "team", "policy_json": "{}"}, {"id": "a b", "policy_json": "{}"}])),
        callers: rows(callers),
        caller_tokens: rows(tokens),
        caller_pools: rows(&json!(grants)),
        ..Tables::default()
    }
}

fn target(state: Value) -> Target {
    let state = serde_json::from_value(state).unwrap();
    Target { org: "acme".to_owned(), state, ..Target::default() }
}

fn import(callers: &Value, tokens: &Value) -> Import {
    carry_over(&tables(callers, tokens), &target(json!({})))
}

fn found(import: &Import) -> (usize, usize) {
    // The pool `a b` is always left out.
    (import.findings.adjusted.len(), import.findings.left_out.len() - 1)
}

#[test]
fn a_caller_keeps_its_grants_and_the_tokens_of_its_clients() {
    let tokens =
        json!([token("c1", "ci", 1, "2026-01-01 00:00:00"), token("c1", "laptop", 2, "2026-02-01 00:00:00")]);
    let import = import(&json!([caller("c1", &json!({}))]), &tokens);
    assert_eq!(
        json!(import.desired.callers["1001"]),
        json!({
            "github_login": "mona", "name": "Mona", "status": "active", "pools": ["team"],
            "clients": {
                "ci": {"token_digest": digest(1), "created_at": "2026-01-01T00:00:00Z"},
                "laptop": {"token_digest": digest(2), "created_at": "2026-02-01T00:00:00Z"},
            },
        })
    );
    assert_eq!(found(&import), (0, 0));
    assert_eq!((import.counts.callers, import.counts.clients), (1, 2));
}

#[test]
fn a_caller_from_before_clients_has_the_client_legacy() {
    let import = import(&json!([caller("c1", &json!({}))]), &json!([]));
    assert_eq!(import.desired.callers["1001"].clients["legacy"].token_digest, digest(99));
}

#[test]
fn the_rows_of_one_account_are_one_caller_and_the_newest_token_of_a_client_counts() {
    let callers = json!([
        caller("c1", &json!({"name": "Old", "updated_at": "2025-01-01 00:00:00"})),
        caller("c2", &json!({"github_login": "mona-renamed", "name": "New"})),
    ]);
    let tokens = json!([
        token("c1", "ci", 1, "2026-01-01 00:00:00"),
        token("c2", "ci", 2, "2026-01-01T00:00:01.000Z"),
        token("c1", "desk", 3, "2026-01-01 00:00:00"),
        token("c2", "note", 3, "2025-01-01 00:00:00"),
    ]);
    let import = import(&callers, &tokens);
    let caller = &import.desired.callers["1001"];
    assert_eq!((caller.github_login.as_str(), caller.name.as_deref()), ("mona-renamed", Some("New")));
    assert_eq!(json!(caller.pools), json!(["team"]));
    let clients: Vec<_> =
        caller.clients.iter().map(|(name, client)| (name.as_str(), &client.token_digest)).collect();
    assert_eq!(clients, [("ci", &digest(2)), ("desk", &digest(3))]);
    // Two rows are one; a grant for a pool that is left out, an older token, and one token twice.
    assert_eq!(found(&import), (1, 3));
}

#[test]
fn a_disabled_row_disables_the_account() {
    for (status, findings) in [(json!("disabled"), 2), (json!("gone"), 3), (json!(null), 3)] {
        let callers = json!([caller("c1", &json!({})), caller("c3", &json!({"status": status}))]);
        let import = import(&callers, &json!([]));
        assert_eq!(json!(import.desired.callers["1001"].status), json!("disabled"));
        assert_eq!(import.findings.adjusted.len(), findings, "{status}");
    }
    let state = json!({"callers": {"1001": {"github_login": "mona-now", "status": "disabled", "pools": []}}});
    let import = carry_over(&tables(&json!([caller("c1", &json!({}))]), &json!([])), &target(state));
    let caller = &import.desired.callers["1001"];
    assert_eq!((json!(caller.status), caller.github_login.as_str()), (json!("disabled"), "mona-now"));
    assert_eq!((json!(caller.pools), found(&import)), (json!(["team"]), (1, 0)));
}

#[test]
fn a_row_without_a_number_is_whom_the_server_names() {
    let without = json!({"github_user_id": null, "github_login": "Mona"});
    let tables = tables(
        &json!([
            caller("c1", &without),
            caller("c3", &json!({})),
            caller("c4", &json!({"github_user_id": null, "org_login": "other"}))
        ]),
        &json!([token("c1", "ci", 1, "2026-01-01 00:00:00"), token("c3", "note", 2, "2026-01-01 00:00:00")]),
    );
    assert_eq!(questions(&tables, "acme"), [Question { login: "Mona".into(), pool: "team".into() }]);
    for (answer, numbers, clients) in [
        (Account::Member(1001), json!(["1001"]), 2),
        (Account::Member(7), json!(["1001", "7"]), 1),
        (Account::Unknown("no account has this login".into()), json!(["1001"]), 1),
    ] {
        let mut target = target(json!({}));
        target.accounts.insert("mona".to_owned(), answer);
        let import = carry_over(&tables, &target);
        assert_eq!(json!(import.desired.callers.keys().collect::<Vec<_>>()), numbers);
        assert_eq!(import.desired.callers["1001"].clients.len(), clients);
    }
    let import = carry_over(&tables, &target(json!({})));
    let fix = import.findings.left_out.iter().find_map(|finding| finding.fix.as_deref());
    let fixes: Vec<_> =
        import.findings.left_out.iter().filter_map(|finding| finding.fix.as_deref()).collect();
    assert_eq!((fix, fixes.len()), (Some("octopool admin caller --pool team --github-login Mona"), 1));
}

#[test]
fn what_cannot_be_a_caller_or_client_is_left_out_and_named() {
    let secret = format!("op_{}", "a".repeat(43));
    for changes in [
        json!({"org_login": "umbrella"}),
        json!({"org_login": null}),
        json!({"github_login": "a/b"}),
        json!({"github_login": secret}),
        json!({"github_user_id": 0}),
        json!({"github_user_id": 1.5}),
        json!({"github_user_id": "x"}),
        json!({"github_user_id": 9_007_199_254_740_992_i64}),
    ] {
        let import = import(&json!([caller("c1", &changes)]), &json!([]));
        assert_eq!((import.desired.callers.len(), found(&import)), (0, (0, 1)), "{changes}");
        assert!(!json!(import.findings).to_string().contains(&secret));
    }
    for (client, expected) in
        [("my laptop", "my-laptop"), ("", "legacy"), ("-ü-", "legacy"), ("a.local", "a")]
    {
        let tokens = json!([token("c1", client, 1, "2026-01-01 00:00:00")]);
        let import = import(&json!([caller("c1", &json!({}))]), &tokens);
        assert!(import.desired.callers["1001"].clients.contains_key(expected), "{client}");
        assert_eq!(found(&import), (1, 0), "{client}");
    }
    for hash in [json!("short"), json!(secret), json!(7), json!(null)] {
        let mut bad = token("c1", "ci", 1, "2026-01-01 00:00:00");
        bad["token_hash"] = hash.clone();
        let import = import(&json!([caller("c1", &json!({}))]), &json!([bad]));
        assert_eq!((import.desired.callers["1001"].clients.len(), found(&import)), (0, (0, 1)), "{hash}");
    }
    let named = import(&json!([caller("c1", &json!({"name": "a\nb"}))]), &json!([]));
    assert_eq!((named.desired.callers["1001"].name.as_deref(), found(&named)), (Some("mona"), (1, 0)));
    let orphans = import(&json!([]), &json!([token("gone", "ci", 1, "2026-01-01 00:00:00")]));
    assert_eq!(found(&orphans), (0, 1));
}

#[test]
fn a_token_of_two_accounts_is_nobodys() {
    let callers = json!([
        caller("c1", &json!({})),
        caller("c3", &json!({"github_user_id": 7, "github_login": "late"}))
    ]);
    let tokens = json!([
        token("c1", "ci", 1, "2026-01-01 00:00:00"),
        token("c3", "ci", 1, "2026-01-01 00:00:00"),
        token("c3", "note", 2, "2026-01-01 00:00:00"),
    ]);
    let import = import(&callers, &tokens);
    assert_eq!((import.counts.clients, found(&import)), (1, (0, 2)));
}

#[test]
fn a_caller_has_at_most_16_clients_with_those_of_the_server() {
    let tokens: Vec<_> = (0..20)
        .map(|number| token("c1", &format!("c{number}"), number, &format!("2026-01-01 00:00:{number:02}")))
        .collect();
    let tables = tables(&json!([caller("c1", &json!({}))]), &json!(tokens));
    let all = carry_over(&tables, &target(json!({})));
    assert_eq!((all.counts.clients, found(&all)), (16, (0, 4)));
    assert!(all.desired.callers["1001"].clients.contains_key("c19"));
    let known =
        |name: &str, at: &str| json!({"name": name, "pool": null, "created_at": at, "last_used_at": at});
    let mut target = target(json!({}));
    let clients = json!([
        known("web", "2026-05-01T00:00:00Z"),
        known("c19", "2026-05-01T00:00:00Z"),
        known("c18", "2025-05-01T00:00:00Z")
    ]);
    target.clients.insert("1001".to_owned(), serde_json::from_value(clients).unwrap());
    let import = carry_over(&tables, &target);
    let clients = &import.desired.callers["1001"].clients;
    // 13 new ones, and `c18`, whose token is older on the server.
    assert_eq!((clients.len(), clients.contains_key("c18"), clients.contains_key("c19")), (14, true, false));
}
