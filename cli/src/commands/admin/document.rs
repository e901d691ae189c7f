//! The file that says what a server is to have, as TOML. The types of the API are the only list of
//! its fields; here is only where it has headings and line breaks.

use std::mem;
use std::path::Path;

use octopool_api_types::StateDocument;
use serde_json::{Value, json};
use toml_edit::{Array, Item, Table};

use crate::error::{Error, Result};
use crate::input;

const HEADER: &str = "\
# The pools, identities and callers of an octopool server, as `octopool admin export` writes them.
# `octopool admin plan -f FILE` shows what this file would change there, and `octopool admin apply -f FILE` changes it.
# What is not in the file is deleted. Secrets are only named in it; the tokens of clients are not in it.
";

/// Comes before the value that replaces a policy which the server cannot read. That value keeps the
/// file from being applied: without a policy the pool, which serves nothing now, would get the
/// policy of a new one.
const UNREADABLE_POLICY: &str = "\
# The stored policy cannot be read, and the pool serves nothing. Write a policy in place of the next line, as in
# policy.allowed_owners = []
";

/// Whether the document has no pool and no caller, so that applying it deletes everything.
pub(super) fn is_empty(document: &StateDocument) -> bool {
    document.pools.is_empty() && document.callers.is_empty()
}

/// The document as it is sent. A policy that the file leaves out is left out, too: `null` is how
/// the server shows a policy that it cannot read, and it does not accept that.
pub(super) fn sent(document: &StateDocument) -> Value {
    let mut sent = json!(document);
    let pools = sent["pools"].as_object_mut().into_iter().flat_map(|pools| pools.values_mut());
    for pool in pools.filter_map(Value::as_object_mut) {
        pool.retain(|name, value| name != "policy" || !value.is_null());
    }
    sent
}

/// Reads a document; `-` is stdin.
///
/// An invalid file is not a wrong argument: after `plan`, the exit code of those means that there
/// are changes.
pub(super) fn read(file: &Path) -> Result<StateDocument> {
    let name = file.display();
    let text = input::read(file)
        .map_err(|problem| Error::failed("invalid_file", format!("{name} cannot be read: {problem}.")))?;
    parse(&text).map_err(|problem| {
        Error::failed("invalid_file", format!("{name} is not an octopool document: {problem}."))
            .hint("`octopool admin export` writes one.")
    })
}

/// Parses the text; otherwise says where and what is wrong with it. A value is never quoted: it may
/// be a secret in place of its name, or the file the wrong one. The server validates names and
/// numbers.
fn parse(text: &str) -> std::result::Result<StateDocument, String> {
    toml_edit::de::from_str(text).map_err(|problem| {
        let what = without_values(problem.message());
        let place = problem.span().map(|span| place(text, span.start));
        place.map_or_else(|| what.clone(), |(line, column)| format!("line {line} column {column}: {what}"))
    })
}

/// Removes the value that serde quotes when it expected something else.
fn without_values(message: &str) -> String {
    let quotes = ["invalid ", "unknown variant"].iter().any(|beginning| message.starts_with(beginning));
    match message.rsplit_once("expected ") {
        Some((_, expected)) if quotes => format!("expected {expected}"),
        _ if quotes => "this value is invalid".to_owned(),
        _ => message.to_owned(),
    }
}

/// Line and column, counted from 1, of a byte offset in the text.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The document as TOML: the same state is the same bytes, and nothing is left out because it has a
/// default. Each pool, identity and caller is one table.
pub(super) fn write(document: &StateDocument) -> Result<String> {
    let mut file = toml_edit::ser::to_document(document)
        .map_err(|_| Error::failed("internal", "The state could not be written as TOML."))?;
    for pool in tables(&mut file, "pools") {
        if let Some(policy) = pool.get_mut("policy").and_then(table) {
            policy.set_dotted(!policy.is_empty());
        } else {
            pool.insert("policy", toml_edit::value("cannot be read"));
            if let Some(mut key) = pool.key_mut("policy") {
                key.leaf_decor_mut().set_prefix(UNREADABLE_POLICY);
            }
        }
        for identity in tables(pool, "identities") {
            identity.iter_mut().filter_map(|(_, item)| item.as_array_mut()).for_each(one_per_line);
        }
    }
    if let Some(callers) = group(&mut file, "callers") {
        callers.sort_values_by(|a, _, b, _| account(a).cmp(&account(b)));
    }
    Ok(format!("{HEADER}\n{file}"))
}

/// The number of an account, by which callers are sorted.
fn account(key: &str) -> u64 {
    key.parse().unwrap_or(u64::MAX)
}

/// A group of tables: its entries have headings, and the group itself has none.
fn group<'a>(parent: &'a mut Table, name: &str) -> Option<&'a mut Table> {
    let group = table(parent.get_mut(name)?)?;
    group.set_implicit(true);
    for (_, item) in group.iter_mut() {
        table(item);
    }
    Some(group)
}

fn tables<'a>(parent: &'a mut Table, name: &str) -> impl Iterator<Item = &'a mut Table> {
    let entries = group(parent, name).into_iter().flat_map(|group| group.iter_mut());
    entries.filter_map(|(_, item)| item.as_table_mut())
}

/// The inline table that an item is, as a table with a heading.
fn table(item: &mut Item) -> Option<&mut Table> {
    *item = mem::take(item).into_table().map_or_else(|other| other, Item::Table);
    item.as_table_mut()
}

fn one_per_line(array: &mut Array) {
    for value in array.iter_mut() {
        value.decor_mut().set_prefix("\n  ");
    }
    array.set_trailing_comma(!array.is_empty());
    array.set_trailing(if array.is_empty() { "" } else { "\n" });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use octopool_api_types::{
        CallerStatus, DeclaredCaller, DeclaredIdentity, DeclaredPolicy, DeclaredPool, StateDocument,
    };
    use proptest::prelude::*;
    use serde_json::json;

    use super::{parse, sent, write};

    fn identity() -> impl Strategy<Value = DeclaredIdentity> {
        let scope = (".{1,5}", proptest::option::of(".{1,5}"), any::<bool>()).prop_map(
            |(owner, repo, private)| json!({"owner": owner, "repo": repo, "allow_private": private}),
        );
        let scopes = proptest::collection::vec(scope, 0..3);
        (".{1,8}", any::<bool>(), proptest::option::of(any::<i64>()), scopes).prop_map(
            |(login, flag, installation_id, scopes)| {
                let identity = json!({
                    "kind": if flag { "pat" } else { "github_app" },
                    "login": login,
                    "secret_ref": login,
                    "installation_id": installation_id,
                    "app_id": (!flag).then_some("Iv23liAcme"),
                    "status": if flag { "active" } else { "disabled" },
                    "scopes": scopes,
                });
                serde_json::from_value(identity).unwrap()
            },
        )
    }

    fn pool() -> impl Strategy<Value = DeclaredPool> {
        let owners = proptest::option::of(proptest::collection::vec(".{0,5}", 0..3));
        let policy =
            (owners, any::<[Option<bool>; 3]>()).prop_map(|(allowed_owners, flags)| DeclaredPolicy {
                allowed_owners,
                allow_public_repos: flags[0],
                allow_search: flags[1],
                allow_logs: flags[2],
            });
        let identities = proptest::collection::btree_map(".{1,6}", identity(), 0..3);
        (policy, identities)
            .prop_map(|(policy, identities)| DeclaredPool { policy: Some(policy), identities })
    }

    fn caller() -> impl Strategy<Value = DeclaredCaller> {
        (".{0,9}", proptest::option::of(".{0,9}"), proptest::collection::vec(".{0,5}", 0..3)).prop_map(
            |(github_login, name, pools)| DeclaredCaller {
                github_login,
                name,
                status: Some(CallerStatus::Disabled),
                pools,
                clients: BTreeMap::new(),
            },
        )
    }

    proptest! {
        #[test]
        fn a_written_document_is_read_back(
            pools in proptest::collection::btree_map("[a.-]{1,3}|.{1,6}|[\u{0}-\u{7f}]{0,4}", pool(), 0..3),
            callers in proptest::collection::btree_map("[1-9][0-9]{0,3}", caller(), 0..3),
        ) {
            let document = StateDocument { pools, callers };
            let text = write(&document).unwrap();
            prop_assert_eq!(parse(&text).map_err(|problem| format!("{problem}\n{text}")), Ok(document));
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            drop(parse(&text));
        }
    }

    #[test]
    fn callers_are_in_the_order_of_their_numbers() {
        let document = parse("[callers.10]\ngithub_login = 'b'\n[callers.9]\ngithub_login = 'a'").unwrap();
        let text = write(&document).unwrap();
        assert!(text.find("[callers.9]") < text.find("[callers.10]"), "{text}");
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_written_as_a_value_that_cannot_be_applied() {
        let closed = DeclaredPool { policy: None, identities: BTreeMap::new() };
        let pools = BTreeMap::from([("team".to_owned(), closed)]);
        let text = write(&StateDocument { pools, ..StateDocument::default() }).unwrap();
        let problem = parse(&text).unwrap_err();
        assert!(problem.contains("column 10"), "{problem}\n{text}");
        let fixed = text.replace("policy = \"cannot be read\"", "policy.allowed_owners = []");
        assert!(parse(&fixed).unwrap().pools["team"].policy.is_some());
    }

    #[test]
    fn a_policy_that_is_left_out_is_not_sent_as_null() {
        let document = parse("[pools.team]\n[pools.other]\npolicy.allow_logs = false").unwrap();
        let sent = sent(&document);
        assert_eq!(sent["pools"]["team"], json!({"identities": {}}));
        assert_eq!(sent["pools"]["other"]["policy"]["allow_logs"], false);
    }

    #[test]
    fn problems_are_named_with_their_line_and_without_values() {
        for (text, place, what) in [
            ("[pool.x]", "line 1 column 2", "unknown field `pool`"),
            ("[pools.x]\nstatus = 1", "line 2 column 1", "unknown field `status`"),
            ("[pools.x.identities.p]\nlogin = \"a\"", "line 1 column 1", "missing field `secret_ref`"),
            ("[pools.x]\n[pools.x]", "line 2", "duplicate key"),
            ("[pools.x.identities.p]\nlogin = \"a\"\nlogin = \"b\"", "line 3 column 1", "duplicate key"),
            ("[callers.1]\ngithub_login = \"a\"\n\n[callers.1]", "line 4", "duplicate key"),
            ("[callers.1]\ngithub_login = 1.5e300", "line 2 column 16", "expected a string"),
            (
                "[callers.1]\ngithub_login = \"ü\"\nstatus = \"canary\"",
                "line 3 column 10",
                "expected `active` or `disabled`",
            ),
            ("[pools.x.identities.p]\ninstallation_id = \"canary\"", "line 2 column 19", "expected i64"),
            ("[pools.x.identities.p]\napp_id = \"canary\"", "line 2 column 10", "the number of a GitHub App"),
            (
                "[pools.x.identities.p]\nscopes = [{ owner = \"a\", alow_private = true }]",
                "line 2 column 26",
                "unknown field `alow_private`",
            ),
            ("pools = \"canary\"", "line 1 column 9", "expected a map"),
            ("canary", "line 1", "key with no value"),
            ("a = [", "line 1", ""),
        ] {
            let problem = parse(text).unwrap_err();
            assert!(problem.starts_with(place) && problem.contains(what), "{text}: {problem}");
            assert!(!problem.contains("canary"), "{problem}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        for text in [
            format!("a = {}", "[".repeat(1_000_000)),
            format!("a = {}", "{ a = ".repeat(500_000)),
            format!("[{}a]", "a.".repeat(1_000_000)),
            format!("{}a = 1", "a.".repeat(1_000_000)),
        ] {
            assert!(parse(&text).is_err());
        }
    }
}
