//! Plans of an admin who may change one pool only.

use super::clients::with_too_many;
use super::{Change, Pool, State, plan};
use crate::{AccountId, CallerSpec, PoolId, Status, Version};

/// A plan with the versions of the state before and after.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The changes.
    pub changes: Vec<Change>,
    /// The version of the part that the admin sees now, on which the plan is based.
    pub seen: Version,
    /// The version of the part that the admin will see after the changes.
    pub after: Version,
    /// The whole state after the changes.
    pub desired: State,
}

/// Why a plan was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PlanRefused {
    /// It would change something outside the pool that the admin may change.
    #[error("the plan changes something outside the pool")]
    OutsidePool,
    /// The id of an identity is used in a pool that the admin cannot see.
    #[error("the identity id is used in another pool")]
    IdentityTaken,
    /// A caller would have more clients than it may have.
    #[error("a caller would have too many clients")]
    TooManyClients(AccountId),
    /// A declared token is that of a client of another caller.
    #[error("a token is that of another caller")]
    TokenTaken(AccountId),
}

/// The part of a state that an admin may see: everything, or, for an admin of one pool, that pool
/// and the callers with a grant for it, each with that grant only.
pub fn part_of(state: &State, allowed: Option<&PoolId>) -> State {
    let Some(pool) = allowed else { return state.clone() };
    // Without clients, which are not part of a state that is shown.
    let mut part = State::default();
    if let Some(found) = state.pools.get(pool) {
        part.pools.insert(pool.clone(), found.clone());
    }
    for (id, caller) in state.callers.iter().filter(|(_, caller)| caller.pools.contains(pool)) {
        let mut caller = caller.clone();
        caller.pools.retain(|name| name == pool);
        part.callers.insert(*id, caller);
    }
    part
}

/// Plans how the state becomes the desired one.
///
/// An admin of one pool may change that pool, its identities and the grants for it, and may create
/// callers with a grant for it. Existing callers belong to all pools, so such an admin cannot
/// change or disable them. A caller of another pool needs its grant from an admin of both pools.
pub fn plan_for(allowed: Option<&PoolId>, current: &State, desired: &State) -> Result<Plan, PlanRefused> {
    let whole = match allowed {
        None => desired.clone(),
        Some(pool) => with_part(current, pool, desired)?,
    };
    if let Some(caller) = with_too_many(current, &whole) {
        return Err(PlanRefused::TooManyClients(caller));
    }
    Ok(Plan {
        changes: plan(current, &whole),
        seen: part_of(current, allowed).version(),
        after: part_of(&whole, allowed).version(),
        desired: whole,
    })
}

/// The whole state with the part of one pool replaced.
fn with_part(current: &State, pool: &PoolId, part: &State) -> Result<State, PlanRefused> {
    // A token opens all pools of its caller, and such an admin would know the one that it adds.
    if !part.clients.is_empty() {
        return Err(PlanRefused::OutsidePool);
    }
    let names = part.pools.keys().chain(part.callers.values().flat_map(|caller| &caller.pools));
    if names.into_iter().any(|name| name != pool) {
        return Err(PlanRefused::OutsidePool);
    }
    let mut whole = current.clone();
    whole.pools.remove(pool);
    if let Some(wanted) = part.pools.get(pool) {
        let mut others = whole.pools.values();
        if others.any(|other| other.identities.keys().any(|id| wanted.identities.contains_key(id))) {
            return Err(PlanRefused::IdentityTaken);
        }
        if !uses_own_credentials(current, pool, wanted) {
            return Err(PlanRefused::OutsidePool);
        }
        whole.pools.insert(pool.clone(), wanted.clone());
    }
    for caller in whole.callers.values_mut() {
        caller.pools.remove(pool);
    }
    for (id, wanted) in &part.callers {
        let before = current.callers.get(id);
        let is_seen = before.is_some_and(|before| before.pools.contains(pool));
        if !is_seen && !may_be_added(before, wanted) {
            return Err(PlanRefused::OutsidePool);
        }
        match whole.callers.get_mut(id) {
            Some(known) if same_account(known, wanted) => known.pools.extend(wanted.pools.iter().cloned()),
            None => drop(whole.callers.insert(*id, wanted.clone())),
            Some(_) => return Err(PlanRefused::OutsidePool),
        }
    }
    Ok(whole)
}

/// Whether an admin of one pool may add a caller that it cannot see.
///
/// A caller of another pool may never be added, whatever the declared fields are: otherwise the
/// refusal would reveal whether they match. Nor may a disabled caller be added, because that would
/// lock the account out of all pools before another admin adds it.
fn may_be_added(before: Option<&CallerSpec>, wanted: &CallerSpec) -> bool {
    let is_free = before.is_none_or(|before| before.pools.is_empty());
    is_free && wanted.status == Status::Active && !wanted.pools.is_empty()
}

/// Whether existing identities keep their credentials, and new ones do not use a credential of
/// another pool. Secrets belong to the deployment; otherwise an admin of one pool could use those
/// of all pools.
fn uses_own_credentials(current: &State, pool: &PoolId, wanted: &Pool) -> bool {
    let others = || {
        current
            .pools
            .iter()
            .filter(|(name, _)| *name != pool)
            .flat_map(|(_, other)| other.identities.values())
    };
    wanted.identities.iter().all(|(id, identity)| {
        match current.pools.get(pool).and_then(|known| known.identities.get(id)) {
            Some(known) => {
                (&known.credential, &known.secret_ref) == (&identity.credential, &identity.secret_ref)
            }
            None => others().all(|other| {
                other.secret_ref != identity.secret_ref
                    && (identity.credential.installation().is_none()
                        || other.credential.installation() != identity.credential.installation())
            }),
        }
    })
}

/// Whether two callers are equal except for their grants.
fn same_account(one: &CallerSpec, other: &CallerSpec) -> bool {
    (one.github_login.as_str(), &one.name, one.status)
        == (other.github_login.as_str(), &other.name, other.status)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::state;
    use super::super::{ChangeAction, ChangeKind};
    use super::{PlanRefused, part_of, plan_for};
    use crate::identity::samples::pat_or_app;
    use crate::state::State;
    use crate::state::samples::{account, caller, pool_id as pool};
    use crate::{CallerSpec, IdentityId, PoolId, Status};

    proptest! {
        #[test]
        fn what_is_seen_is_planned_without_a_change(state in state(), name in proptest::option::of("[pqr]")) {
            let allowed = name.as_deref().map(pool);
            let part = part_of(&state, allowed.as_ref());
            let plan = plan_for(allowed.as_ref(), &state, &part).unwrap();
            prop_assert_eq!((&plan.changes, &plan.seen, &plan.desired), (&vec![], &plan.after, &state));
        }

        #[test]
        fn an_admin_of_one_pool_changes_nothing_else(current in state(), desired in state()) {
            let allowed = pool("p");
            let Ok(plan) = plan_for(Some(&allowed), &current, &desired) else { return Ok(()) };
            for change in &plan.changes {
                let inside = match change.kind {
                    ChangeKind::Pool => change.id == "p",
                    ChangeKind::Identity | ChangeKind::Grant => change.pool.as_deref() == Some("p"),
                    ChangeKind::Client => false,
                    ChangeKind::Caller => {
                        let status = change.fields.iter().find(|field| field.field == "status");
                        change.action == ChangeAction::Create && status.is_some_and(|field| field.after == "active")
                    }
                };
                prop_assert!(inside, "{:?}", change);
                let is_grant = change.kind == ChangeKind::Grant && change.action == ChangeAction::Create;
                let before = change.id.parse().ok().filter(|_| is_grant);
                let before = before.and_then(|number| current.callers.get(&account(number)));
                prop_assert!(before.is_none_or(|before| before.pools.is_empty()), "{:?}", change);
            }
            prop_assert!(desired.pools.keys().all(|name| *name == pool("p")));
            prop_assert_eq!(part_of(&plan.desired, Some(&pool("q"))), part_of(&current, Some(&pool("q"))));
        }

        #[test]
        fn an_admin_of_everything_gets_what_it_wants(current in state(), desired in state()) {
            let plan = plan_for(None, &current, &desired).unwrap();
            prop_assert_eq!((&plan.seen, &plan.after), (&current.version(), &desired.version()));
            prop_assert_eq!(plan.desired, desired);
        }
    }

    #[test]
    fn a_caller_of_other_pools_is_neither_changed_nor_granted() {
        let current = State { callers: [(account(7), caller("Hubot", &["q"]))].into(), ..State::default() };
        let wanted = |caller| State { callers: [(account(7), caller)].into(), ..State::default() };
        let plan = |desired| plan_for(Some(&pool("p")), &current, &desired).map(|plan| plan.desired);
        for (name, pools) in [("Hubot", ["p"]), ("Other", ["p"]), ("Hubot", ["q"])] {
            assert_eq!(plan(wanted(caller(name, &pools))), Err(PlanRefused::OutsidePool), "{name} {pools:?}");
        }
        let new = State { callers: [(account(8), caller("New", &[]))].into(), ..State::default() };
        assert_eq!(plan(new), Err(PlanRefused::OutsidePool), "a caller without a grant belongs to no pool");
        // It has no grant for `p`, so leaving it out takes nothing away.
        assert_eq!(plan(State::default()).unwrap(), current);
    }

    #[test]
    fn a_caller_that_is_shared_stays_and_can_be_revoked() {
        let current =
            State { callers: [(account(7), caller("Hubot", &["p", "q"]))].into(), ..State::default() };
        let plan = |desired: &State| plan_for(Some(&pool("p")), &current, desired).map(|plan| plan.desired);
        assert_eq!(plan(&part_of(&current, Some(&pool("p")))).unwrap(), current);
        assert_eq!(plan(&State::default()).unwrap().callers[&account(7)].pools, [pool("q")].into());
    }

    #[test]
    fn a_caller_of_no_pool_is_granted_as_it_is() {
        let wanted = |caller| State { callers: [(account(7), caller)].into(), ..State::default() };
        let current = wanted(caller("Hubot", &[]));
        let plan = |current: &State, desired: &State| {
            plan_for(Some(&pool("p")), current, desired).map(|plan| plan.desired)
        };
        let granted = wanted(caller("Hubot", &["p"]));
        assert_eq!(plan(&current, &granted).unwrap(), granted);
        assert_eq!(plan(&current, &wanted(caller("Other", &["p"]))), Err(PlanRefused::OutsidePool));
        let disabled = |pools| wanted(CallerSpec { status: Status::Disabled, ..caller("Hubot", pools) });
        assert_eq!(plan(&disabled(&[]), &granted), Err(PlanRefused::OutsidePool));
        assert_eq!(plan(&disabled(&[]), &disabled(&["p"])), Err(PlanRefused::OutsidePool));
    }

    #[test]
    fn a_disabled_caller_cannot_be_added() {
        let mut disabled = caller("Hubot", &["p"]);
        disabled.status = Status::Disabled;
        let desired = State { callers: [(account(7), disabled)].into(), ..State::default() };
        let refused = plan_for(Some(&pool("p")), &State::default(), &desired).map(|plan| plan.desired);
        assert_eq!(refused, Err(PlanRefused::OutsidePool));
        // An existing caller that was disabled elsewhere stays disabled.
        assert_eq!(plan_for(Some(&pool("p")), &desired, &desired).unwrap().changes, []);
    }

    #[test]
    fn an_identity_of_an_invisible_pool_is_not_taken() {
        let mut current = State::default();
        let empty = crate::state::Pool { policy: None, identities: [].into() };
        let mut full = empty.clone();
        full.identities.insert(IdentityId::parse("p1").unwrap(), pat_or_app(true));
        current.pools.insert(pool("q"), full.clone());
        let desired = State { pools: [(pool("p"), full)].into(), ..State::default() };
        let plan =
            |allowed: Option<&PoolId>| plan_for(allowed, &current, &desired).map(|plan| plan.changes.len());
        assert_eq!(plan(Some(&pool("p"))), Err(PlanRefused::IdentityTaken));
        assert_eq!(plan(None), Ok(4), "who sees both pools moves it");
    }
}
