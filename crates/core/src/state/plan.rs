//! The difference between two states, by object and field.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::State;
use super::change::{Change, ChangeAction, ChangeKind, FieldChange};
use super::clients::client_changes;
use crate::{CallerSpec, IdentitySpec, PoolPolicy, fields_of};

/// A field's name, and its values before and after.
type Fields = Vec<(String, Value, Value)>;

/// The changes that turn `current` into `desired`: first pools, each followed by its identities,
/// then callers, each followed by its grants and its clients. The order is deterministic.
pub fn plan(current: &State, desired: &State) -> Vec<Change> {
    let mut changes = Vec::new();
    for (id, before, after) in pairs(Some(&current.pools), Some(&desired.pools)) {
        let policies = both(
            before.map(|pool| &pool.policy),
            after.map(|pool| &pool.policy),
            &PoolPolicy::FIELDS,
            "policy.",
        );
        let sides = (before.is_some(), after.is_some());
        changes.extend(change(ChangeKind::Pool, id.as_str(), None, sides, policies));
        let identities = (before.map(|pool| &pool.identities), after.map(|pool| &pool.identities));
        for (identity, before, after) in pairs(identities.0, identities.1) {
            changes.extend(identity_changes(identity.as_str(), id.as_str(), before, after));
        }
    }
    for (number, before, after) in pairs(Some(&current.callers), Some(&desired.callers)) {
        let id = number.get().to_string();
        let sides = (before.is_some(), after.is_some());
        let fields = both(before, after, &CallerSpec::FIELDS, "");
        changes.extend(change(ChangeKind::Caller, &id, None, sides, fields));
        changes.extend(grant_changes(&id, before, after));
        changes.extend(client_changes(*number, current, desired));
    }
    changes
}

/// The keys of both maps in order, with the value of each map.
fn pairs<'a, K: Ord, V>(
    before: Option<&'a BTreeMap<K, V>>,
    after: Option<&'a BTreeMap<K, V>>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let mut before = before.into_iter().flatten().peekable();
    let mut after = after.into_iter().flatten().peekable();
    std::iter::from_fn(move || {
        let order = match (before.peek(), after.peek()) {
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let before = if order.is_le() { before.next() } else { None };
        let after = if order.is_ge() { after.next() } else { None };
        let (key, _) = before.or(after)?;
        Some((key, before.map(|(_, value)| value), after.map(|(_, value)| value)))
    })
}

/// An identity cannot change its kind, so an identity of another kind under the same id replaces
/// it.
fn identity_changes(
    id: &str,
    pool: &str,
    before: Option<&IdentitySpec>,
    after: Option<&IdentitySpec>,
) -> Vec<Change> {
    let changed = |before: Option<&IdentitySpec>, after: Option<&IdentitySpec>| {
        let fields = both(before, after, &IdentitySpec::FIELDS, "");
        change(ChangeKind::Identity, id, Some(pool), (before.is_some(), after.is_some()), fields)
    };
    match (before, after) {
        (Some(old), Some(new)) if old.credential.kind() != new.credential.kind() => {
            changed(before, None).into_iter().chain(changed(None, after)).collect()
        }
        _ => changed(before, after).into_iter().collect(),
    }
}

fn grant_changes(id: &str, before: Option<&CallerSpec>, after: Option<&CallerSpec>) -> Vec<Change> {
    let none = BTreeSet::new();
    let before = before.map_or(&none, |caller| &caller.pools);
    let after = after.map_or(&none, |caller| &caller.pools);
    let changed = before.symmetric_difference(after);
    let changed = changed.filter_map(|pool| {
        let sides = (before.contains(pool), after.contains(pool));
        change(ChangeKind::Grant, id, Some(pool.as_str()), sides, Vec::new())
    });
    changed.collect()
}

/// The fields of an object before and after. A missing object has null for each.
fn both<T: Serialize + Copy>(
    before: Option<T>,
    after: Option<T>,
    names: &[&'static str],
    prefix: &str,
) -> Fields {
    let after = fields_of(&after, names).into_iter().map(|(_, value)| value);
    let sides = fields_of(&before, names).into_iter().zip(after);
    sides.map(|((name, before), after)| (format!("{prefix}{name}"), before, after)).collect()
}

/// The change of an object that exists before or after; `None` if it stays the same.
fn change(
    kind: ChangeKind,
    id: &str,
    pool: Option<&str>,
    is_there: (bool, bool),
    fields: Fields,
) -> Option<Change> {
    let action = match is_there {
        (false, false) => return None,
        (false, true) => ChangeAction::Create,
        (true, false) => ChangeAction::Delete,
        (true, true) => ChangeAction::Update,
    };
    let changed = fields.into_iter().filter(|(_, before, after)| before != after);
    let fields: Vec<_> = changed.map(|(field, before, after)| FieldChange { field, before, after }).collect();
    if action == ChangeAction::Update && fields.is_empty() {
        return None;
    }
    Some(Change { action, kind, id: id.to_owned(), pool: pool.map(str::to_owned), client: None, fields })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::samples::state;
    use super::{Change, ChangeAction, ChangeKind, plan};
    use crate::identity::samples::pat_or_app;
    use crate::state::samples::{account, caller, pool_id};
    use crate::state::{Pool, State};
    use crate::{IdentityId, IdentitySpec, PoolPolicy, Status};

    /// The states as JSON, which the changes speak of.
    fn tree(state: &State) -> Value {
        serde_json::to_value(state).unwrap()
    }

    fn set(target: &mut Value, change: &Change) {
        for field in &change.fields {
            let place = match field.field.strip_prefix("policy.") {
                Some(key) => &mut target["policy"][key],
                None => &mut target[&field.field],
            };
            assert_eq!(*place, field.before, "{change:?}");
            *place = field.after.clone();
        }
    }

    /// A change says null for a field that is left out, too.
    fn without_nulls(mut value: Value) -> Value {
        if let Value::Object(fields) = &mut value {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(|field| *field = without_nulls(field.take()));
        }
        value
    }

    /// An object of which nothing is known yet.
    fn blank(kind: ChangeKind) -> Value {
        match kind {
            ChangeKind::Pool => json!({"policy": null, "identities": {}}),
            ChangeKind::Identity => {
                IdentitySpec::FIELDS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect()
            }
            _ => json!({"github_login": null, "name": null, "status": null, "pools": []}),
        }
    }

    /// What the changes alone make of a state.
    fn applied(state: &State, changes: &[Change]) -> Value {
        let mut tree = tree(state);
        for change in changes {
            let pool = change.pool.clone().unwrap_or_default();
            let place = match change.kind {
                ChangeKind::Pool => Some(&mut tree["pools"]),
                ChangeKind::Caller => Some(&mut tree["callers"]),
                ChangeKind::Identity => tree["pools"].get_mut(&pool).map(|pool| &mut pool["identities"]),
                ChangeKind::Grant => tree["callers"].get_mut(&change.id).map(|caller| &mut caller["pools"]),
                ChangeKind::Client => panic!("the states of these tests have no clients"),
            };
            // Deleting a pool or a caller also deletes its identities or grants.
            let Some(place) = place else {
                assert_eq!(change.action, ChangeAction::Delete);
                continue;
            };
            match (place, change.action) {
                (Value::Array(grants), ChangeAction::Delete) => grants.retain(|grant| *grant != json!(pool)),
                (Value::Array(grants), _) => {
                    grants.push(json!(pool));
                    grants.sort_by_key(Value::to_string);
                }
                (Value::Object(objects), ChangeAction::Delete) => {
                    assert!(objects.remove(&change.id).is_some());
                }
                (Value::Object(objects), action) => {
                    if action == ChangeAction::Create {
                        assert!(objects.insert(change.id.clone(), blank(change.kind)).is_none());
                    }
                    set(objects.get_mut(&change.id).unwrap(), change);
                }
                (other, _) => panic!("{other}"),
            }
        }
        tree
    }

    proptest! {
        #[test]
        fn nothing_has_to_change_for_a_state_to_be_itself(state in state()) {
            prop_assert_eq!(plan(&state, &state), []);
        }

        #[test]
        fn the_plan_makes_the_one_into_the_other(current in state(), desired in state()) {
            let made = applied(&current, &plan(&current, &desired));
            prop_assert_eq!(without_nulls(made), without_nulls(tree(&desired)));
        }
    }

    fn policy() -> PoolPolicy {
        PoolPolicy {
            allowed_owners: vec!["acme".to_owned()],
            allow_public_repos: true,
            allow_search: false,
            allow_logs: true,
        }
    }

    fn with_identity(identity: IdentitySpec) -> State {
        let identities = [(IdentityId::parse("p1").unwrap(), identity)].into();
        let pool = Pool { policy: Some(policy()), identities };
        State { pools: [(pool_id("team"), pool)].into(), ..State::default() }
    }

    fn told(changes: &[Change]) -> Vec<(ChangeAction, ChangeKind, &str, Vec<&str>)> {
        let told = changes.iter().map(|change| {
            (
                change.action,
                change.kind,
                change.id.as_str(),
                change.fields.iter().map(|field| field.field.as_str()).collect(),
            )
        });
        told.collect()
    }

    #[test]
    fn only_what_changes_is_named() {
        let disabled = IdentitySpec { status: Status::Disabled, ..pat_or_app(true) };
        let changes = plan(&with_identity(pat_or_app(true)), &with_identity(disabled));
        assert_eq!(told(&changes), [(ChangeAction::Update, ChangeKind::Identity, "p1", vec!["status"])]);
        let field = &changes[0].fields[0];
        assert_eq!(
            (&changes[0].pool, &field.before, &field.after),
            (&Some("team".to_owned()), &json!("active"), &json!("disabled"))
        );
    }

    #[test]
    fn another_kind_is_another_identity() {
        let changes = plan(&with_identity(pat_or_app(true)), &with_identity(pat_or_app(false)));
        let told: Vec<_> = told(&changes).into_iter().map(|(action, kind, ..)| (action, kind)).collect();
        assert_eq!(
            told,
            [(ChangeAction::Delete, ChangeKind::Identity), (ChangeAction::Create, ChangeKind::Identity)]
        );
    }

    #[test]
    fn an_invalid_policy_is_replaced_and_two_invalid_ones_are_equal() {
        let broken = |policy| State {
            pools: [(pool_id("team"), Pool { policy, identities: [].into() })].into(),
            ..State::default()
        };
        assert_eq!(plan(&broken(None), &broken(None)), []);
        let changes = plan(&broken(None), &broken(Some(policy())));
        assert_eq!(changes[0].action, ChangeAction::Update);
        assert!(changes[0].fields.len() == 4 && changes[0].fields.iter().all(|field| field.before.is_null()));
    }

    #[test]
    fn a_caller_is_created_and_deleted_with_its_grants() {
        let state =
            State { callers: [(account(7), caller("Hubot", &["a", "b"]))].into(), ..State::default() };
        let come = plan(&State::default(), &state);
        assert_eq!(
            come.iter().map(|change| change.kind).collect::<Vec<_>>(),
            [ChangeKind::Caller, ChangeKind::Grant, ChangeKind::Grant]
        );
        assert!(come.iter().all(|change| change.action == ChangeAction::Create && change.id == "7"));
        assert!(plan(&state, &State::default()).iter().all(|change| change.action == ChangeAction::Delete));
    }
}
