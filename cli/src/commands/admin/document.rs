//! The file that says what a server is to be, as TOML.

mod read;
mod write;

use octopool_api_types::StateDocument;
use serde_json::{Value, json};

pub(super) use read::read;
pub(super) use write::write;

/// Whether the document says that there is to be nothing.
pub(super) fn is_empty(document: &StateDocument) -> bool {
    document.pools.is_empty() && document.callers.is_empty()
}

/// The document as it is sent. What the file leaves out is not there: `null` is what the server shows of a policy that it cannot read,
/// and takes from nobody.
pub(super) fn sent(document: &StateDocument) -> Value {
    let mut sent = json!(document);
    let pools = sent["pools"].as_object_mut().into_iter().flat_map(|pools| pools.values_mut());
    for pool in pools.filter_map(Value::as_object_mut) {
        pool.retain(|name, value| name != "policy" || !value.is_null());
    }
    sent
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use octopool_api_types::{
        CallerStatus, DeclaredCaller, DeclaredIdentity, DeclaredPolicy, DeclaredPool, DeclaredScope,
        IdentityKind, IdentityStatus, StateDocument,
    };
    use proptest::prelude::*;

    use serde_json::json;

    use super::read::parse;
    use super::sent;
    use super::write::write;

    fn scope() -> impl Strategy<Value = DeclaredScope> {
        (".{1,5}", proptest::option::of(".{1,5}"), any::<bool>())
            .prop_map(|(owner, repo, allow_private)| DeclaredScope { owner, repo, allow_private })
    }

    fn identity() -> impl Strategy<Value = DeclaredIdentity> {
        let scopes = proptest::collection::vec(scope(), 0..3);
        (".{1,8}", any::<bool>(), proptest::option::of(any::<i64>()), scopes).prop_map(
            |(login, flag, installation_id, scopes)| DeclaredIdentity {
                kind: Some(if flag { IdentityKind::Pat } else { IdentityKind::GithubApp }),
                secret_ref: login.clone(),
                login,
                installation_id,
                weight: Some(7),
                status: Some(if flag { IdentityStatus::Active } else { IdentityStatus::Disabled }),
                scopes,
            },
        )
    }

    fn pool() -> impl Strategy<Value = DeclaredPool> {
        let policy =
            (proptest::collection::vec(".{0,5}", 0..3), any::<[bool; 3]>()).prop_map(|(owners, flags)| {
                DeclaredPolicy {
                    allowed_owners: Some(owners),
                    allow_public_repos: Some(flags[0]),
                    allow_search: Some(flags[1]),
                    allow_logs: Some(flags[2]),
                }
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
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            pools in proptest::collection::btree_map("[a.-]{1,3}|.{1,6}", pool(), 0..3),
            callers in proptest::collection::btree_map("[1-9][0-9]{0,3}", caller(), 0..3),
        ) {
            let document = StateDocument { pools, callers };
            let text = write(&document);
            prop_assert_eq!(parse(&text).map_err(|problem| format!("{problem}\n{text}")), Ok(document));
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            drop(parse(&text));
        }
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_written_as_what_cannot_be_applied() {
        let closed = DeclaredPool { policy: None, identities: BTreeMap::new() };
        let pools = BTreeMap::from([("team".to_owned(), closed)]);
        let text = write(&StateDocument { pools, ..StateDocument::default() });
        let problem = parse(&text).unwrap_err();
        assert!(problem.contains("column 10"), "{problem}\n{text}");
        let mended = text.replace("policy = \"cannot be read\"", "policy.allowed_owners = []");
        assert!(parse(&mended).unwrap().pools["team"].policy.is_some());
    }

    #[test]
    fn a_policy_that_is_left_out_is_not_sent_as_null() {
        let document = parse("[pools.team]\n[pools.other]\npolicy.allow_logs = false").unwrap();
        let sent = sent(&document);
        assert_eq!(sent["pools"]["team"], json!({"identities": {}}));
        assert_eq!(sent["pools"]["other"]["policy"]["allow_logs"], false);
    }

    #[test]
    fn callers_are_in_the_order_of_their_numbers() {
        let caller = |login: &str| DeclaredCaller {
            github_login: login.to_owned(),
            name: None,
            status: None,
            pools: Vec::new(),
        };
        let callers = BTreeMap::from([("10".to_owned(), caller("b")), ("9".to_owned(), caller("a"))]);
        let text = write(&StateDocument { callers, ..StateDocument::default() });
        assert!(text.find("[callers.9]") < text.find("[callers.10]"), "{text}");
    }
}
