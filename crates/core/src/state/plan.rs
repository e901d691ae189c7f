//! The difference of two states, object by object and field by field.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Caller, Identity, Pool, State};

/// What becomes of an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// It is not there yet.
    Create,
    /// It is there, and not as wanted.
    Update,
    /// It is there and not wanted.
    Delete,
}

/// What an object is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A pool.
    Pool,
    /// An identity of a pool.
    Identity,
    /// A caller.
    Caller,
    /// A caller's grant for a pool.
    Grant,
}

/// One object that changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// What becomes of it.
    pub action: Action,
    /// What it is.
    pub kind: Kind,
    /// A pool's name, an identity's id, or the number of a caller's account, also for its grants.
    pub id: String,
    /// The pool of an identity or a grant.
    pub pool: Option<String>,
    /// What changes of it; all that it has where it comes or goes.
    pub fields: Vec<FieldChange>,
}

/// One field that changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldChange {
    /// Its name.
    pub field: &'static str,
    /// What stands there; null where nothing does.
    pub before: Value,
    /// What is to stand there; null where nothing is.
    pub after: Value,
}

type Fields = Vec<(&'static str, Value)>;

/// What has to change for `current` to become `desired`. Pools come first, each followed by its identities, then callers, each
/// followed by its grants; the same two states always have the same plan.
pub fn plan<'a>(current: &'a State, desired: &'a State) -> Vec<Change> {
    let mut changes = Vec::new();
    for (id, before, after) in pairs(Some(&current.pools), Some(&desired.pools)) {
        changes.extend(compare(Kind::Pool, id, None, before.map(pool), after.map(pool)));
        let identities = |pool: Option<&'a Pool>| pool.map(|pool| &pool.identities);
        for (identity, before, after) in pairs(identities(before), identities(after)) {
            changes.extend(identity_changes(identity, id, before, after));
        }
    }
    for (number, before, after) in pairs(Some(&current.callers), Some(&desired.callers)) {
        let id = number.to_string();
        changes.extend(compare(Kind::Caller, &id, None, before.map(caller), after.map(caller)));
        changes.extend(grant_changes(&id, before, after));
    }
    changes
}

/// Every key of either map in order, with what each map has there.
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

/// The kind is what an identity is: another kind is another identity under the same id.
fn identity_changes(
    id: &str,
    pool: &str,
    before: Option<&Identity>,
    after: Option<&Identity>,
) -> Vec<Change> {
    let change = |before: Option<&Identity>, after: Option<&Identity>| {
        compare(Kind::Identity, id, Some(pool), before.map(identity), after.map(identity))
    };
    match (before, after) {
        (Some(old), Some(new)) if old.kind != new.kind => {
            change(before, None).into_iter().chain(change(None, after)).collect()
        }
        _ => change(before, after).into_iter().collect(),
    }
}

fn grant_changes(id: &str, before: Option<&Caller>, after: Option<&Caller>) -> Vec<Change> {
    let none = BTreeSet::new();
    let before = before.map_or(&none, |caller| &caller.pools);
    let after = after.map_or(&none, |caller| &caller.pools);
    let changed = before.symmetric_difference(after);
    let changed = changed.map(|pool| {
        let action = if before.contains(pool) { Action::Delete } else { Action::Create };
        (action, pool)
    });
    changed
        .map(|(action, pool)| Change {
            action,
            kind: Kind::Grant,
            id: id.to_owned(),
            pool: Some(pool.clone()),
            fields: Vec::new(),
        })
        .collect()
}

fn compare(
    kind: Kind,
    id: &str,
    pool: Option<&str>,
    before: Option<Fields>,
    after: Option<Fields>,
) -> Option<Change> {
    let action = match (&before, &after) {
        (None, None) => return None,
        (None, Some(_)) => Action::Create,
        (Some(_), None) => Action::Delete,
        (Some(_), Some(_)) => Action::Update,
    };
    // Both sides of one kind have the same fields in the same order.
    let names =
        before.iter().chain(&after).next().map(|fields| fields.iter().map(|(name, _)| *name).collect());
    let names: Vec<_> = names.unwrap_or_default();
    let values = |side: Option<Fields>| {
        side.map_or_else(
            || vec![Value::Null; names.len()],
            |fields| fields.into_iter().map(|(_, value)| value).collect(),
        )
    };
    let changed = names.iter().zip(values(before)).zip(values(after));
    let changed = changed.filter(|((_, before), after)| before != after);
    let fields: Vec<_> =
        changed.map(|((field, before), after)| FieldChange { field, before, after }).collect();
    if action == Action::Update && fields.is_empty() {
        return None;
    }
    Some(Change { action, kind, id: id.to_owned(), pool: pool.map(str::to_owned), fields })
}

fn pool(pool: &Pool) -> Fields {
    let policy = pool.policy.as_ref();
    vec![
        ("policy.allowed_owners", json!(policy.map(|policy| &policy.allowed_owners))),
        ("policy.allow_public_repos", json!(policy.map(|policy| policy.allow_public_repos))),
        ("policy.allow_search", json!(policy.map(|policy| policy.allow_search))),
        ("policy.allow_logs", json!(policy.map(|policy| policy.allow_logs))),
    ]
}

/// The secret is a name here as everywhere.
fn identity(identity: &Identity) -> Fields {
    vec![
        ("kind", identity.kind.as_str().into()),
        ("login", identity.login.as_str().into()),
        ("secret_ref", identity.secret_ref.as_str().into()),
        ("installation_id", identity.installation_id.into()),
        ("weight", identity.weight.into()),
        ("status", identity.status.as_str().into()),
        ("scopes", json!(identity.scopes)),
    ]
}

fn caller(caller: &Caller) -> Fields {
    vec![
        ("github_login", caller.github_login.as_str().into()),
        ("name", caller.name.as_str().into()),
        ("status", caller.status.as_str().into()),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::samples::state;
    use super::{Action, Change, Kind, plan};
    use crate::PoolPolicy;
    use crate::state::{Caller, Identity, Pool, State};

    /// The states as JSON, which the changes speak of.
    fn tree(state: &State) -> Value {
        serde_json::to_value(state).unwrap()
    }

    fn set(target: &mut Value, change: &Change) {
        for field in &change.fields {
            let place = match field.field.strip_prefix("policy.") {
                Some(key) => &mut target["policy"][key],
                None => &mut target[field.field],
            };
            assert_eq!(*place, field.before, "{change:?}");
            *place = field.after.clone();
        }
    }

    /// An object of which nothing is known yet.
    fn blank(kind: Kind) -> Value {
        match kind {
            Kind::Pool => json!({"policy": null, "identities": {}}),
            Kind::Identity => json!({
                "kind": null, "login": null, "secret_ref": null, "installation_id": null, "weight": null, "status": null,
                "scopes": null,
            }),
            _ => json!({"github_login": null, "name": null, "status": null, "pools": []}),
        }
    }

    /// What the changes alone make of a state.
    fn applied(state: &State, changes: &[Change]) -> Value {
        let mut tree = tree(state);
        for change in changes {
            let pool = change.pool.clone().unwrap_or_default();
            let place = match change.kind {
                Kind::Pool => Some(&mut tree["pools"]),
                Kind::Caller => Some(&mut tree["callers"]),
                Kind::Identity => tree["pools"].get_mut(&pool).map(|pool| &mut pool["identities"]),
                Kind::Grant => tree["callers"].get_mut(&change.id).map(|caller| &mut caller["pools"]),
            };
            // What goes takes along what is in it.
            let Some(place) = place else {
                assert_eq!(change.action, Action::Delete);
                continue;
            };
            match (place, change.action) {
                (Value::Array(grants), Action::Delete) => grants.retain(|grant| *grant != json!(pool)),
                (Value::Array(grants), _) => {
                    grants.push(json!(pool));
                    grants.sort_by_key(Value::to_string);
                }
                (Value::Object(objects), Action::Delete) => assert!(objects.remove(&change.id).is_some()),
                (Value::Object(objects), action) => {
                    if action == Action::Create {
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
            prop_assert_eq!(applied(&current, &plan(&current, &desired)), tree(&desired));
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

    fn with_identity(kind: &str, weight: i64) -> State {
        let identity = Identity {
            kind: kind.to_owned(),
            login: "mona".to_owned(),
            secret_ref: "PAT".to_owned(),
            installation_id: None,
            weight,
            status: "active".to_owned(),
            scopes: Vec::new(),
        };
        let pool = Pool { policy: Some(policy()), identities: [("p1".to_owned(), identity)].into() };
        State { pools: [("team".to_owned(), pool)].into(), ..State::default() }
    }

    fn told(changes: &[Change]) -> Vec<(Action, Kind, &str, Vec<&str>)> {
        let told = changes.iter().map(|change| {
            (
                change.action,
                change.kind,
                change.id.as_str(),
                change.fields.iter().map(|field| field.field).collect(),
            )
        });
        told.collect()
    }

    #[test]
    fn only_what_changes_is_named() {
        let changes = plan(&with_identity("pat", 1), &with_identity("pat", 2));
        assert_eq!(told(&changes), [(Action::Update, Kind::Identity, "p1", vec!["weight"])]);
        let field = &changes[0].fields[0];
        assert_eq!(
            (&changes[0].pool, &field.before, &field.after),
            (&Some("team".to_owned()), &json!(1), &json!(2))
        );
    }

    #[test]
    fn another_kind_is_another_identity() {
        let changes = plan(&with_identity("pat", 1), &with_identity("github_app", 1));
        let told: Vec<_> = told(&changes).into_iter().map(|(action, kind, ..)| (action, kind)).collect();
        assert_eq!(told, [(Action::Delete, Kind::Identity), (Action::Create, Kind::Identity)]);
    }

    #[test]
    fn a_broken_policy_is_mended_and_two_broken_ones_are_alike() {
        let broken = |policy| State {
            pools: [("team".to_owned(), Pool { policy, identities: [].into() })].into(),
            ..State::default()
        };
        assert_eq!(plan(&broken(None), &broken(None)), []);
        let changes = plan(&broken(None), &broken(Some(policy())));
        assert_eq!(changes[0].action, Action::Update);
        assert!(changes[0].fields.len() == 4 && changes[0].fields.iter().all(|field| field.before.is_null()));
    }

    #[test]
    fn a_caller_comes_and_goes_with_its_grants() {
        let caller = Caller {
            github_login: "hubot".to_owned(),
            name: "Hubot".to_owned(),
            status: "active".to_owned(),
            pools: ["a".to_owned(), "b".to_owned()].into(),
        };
        let state = State { callers: [(7, caller)].into(), ..State::default() };
        let come = plan(&State::default(), &state);
        assert_eq!(
            come.iter().map(|change| change.kind).collect::<Vec<_>>(),
            [Kind::Caller, Kind::Grant, Kind::Grant]
        );
        assert!(come.iter().all(|change| change.action == Action::Create && change.id == "7"));
        assert!(plan(&state, &State::default()).iter().all(|change| change.action == Action::Delete));
    }
}
