//! The state as one document: read, planned, and applied in one batch.

pub(crate) mod http;
mod sql;

use std::collections::{BTreeMap, HashMap};

use octopool_core::state::{
    Change, ChangeAction, ChangeKind, Clients, Plan, PlanRefused, Pool, State, part_of, plan_for,
};
use octopool_core::{AccountId, AuditAction, PoolId, PoolPolicy, Version};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::change::{ChangeError, Mutation, retry_on_conflict};
use crate::idempotency::{self, Execution, MAX_KEPT_BYTES};
use crate::ports::EntropyError;
use crate::sql::KeptAnswer;
use sql::{CallerRow, ClientRow, GrantRow, IdentityRow, NewClient, PoolRow, Snapshot, Write, Written};

/// The largest size of a document, as a body and as stored rows, which have to be sent back to the
/// database to be compared. A caller takes about 200 bytes; a thousand callers and 200 identities
/// take a tenth of it.
pub(crate) const MAX_STATE_BYTES: usize = 4 * 1024 * 1024;

/// The state that an admin can see, and its version.
pub(crate) async fn read_state(app: &App, allowed: Option<&PoolId>) -> Result<(State, Version), ChangeError> {
    let part = part_of(&current(app, &snapshot(app, &Clients::new()).await?), allowed);
    let version = part.version();
    Ok((part, version))
}

/// The changes that applying a document would make.
pub(crate) async fn plan_state(
    app: &App,
    allowed: Option<&PoolId>,
    desired: &State,
) -> Result<Plan, ChangeError> {
    let seen = snapshot(app, &desired.clients).await?;
    planned(allowed, &seen, &current(app, &seen), desired)
}

/// Applies a document, completely or not at all, if the state still has this version.
pub(crate) async fn apply_state(
    app: &App,
    mutation: &Mutation,
    allowed: Option<&PoolId>,
    desired: &State,
    planned_on: &str,
    kept: &Kept<'_>,
) -> Result<Plan, ChangeError> {
    retry_on_conflict(app, || Box::pin(try_apply(app, mutation, allowed, desired, planned_on, kept))).await
}

/// What to keep of an apply with an `Idempotency-Key`: its answer, which is known before the batch.
pub(crate) struct Kept<'a> {
    /// How the request is executed.
    pub execution: &'a Execution,
    /// The answer, as JSON.
    pub answer: &'a (dyn Fn(&Plan) -> String + Send + Sync),
}

impl Kept<'_> {
    fn of(&self, app: &App, plan: &Plan) -> Result<Option<(KeptAnswer, String)>, ChangeError> {
        let Some(keeping) = self.execution.keeping(app, &())? else { return Ok(None) };
        let answer = (self.answer)(plan);
        if answer.len() > MAX_KEPT_BYTES {
            Err(ChangeError::AnswerTooLarge { limit: MAX_KEPT_BYTES })
        } else {
            Ok(Some((keeping, answer)))
        }
    }
}

async fn try_apply(
    app: &App,
    mutation: &Mutation,
    allowed: Option<&PoolId>,
    desired: &State,
    planned_on: &str,
    kept: &Kept<'_>,
) -> Result<Option<Plan>, ChangeError> {
    let seen = snapshot(app, &desired.clients).await?;
    let current = current(app, &seen);
    let plan = planned(allowed, &seen, &current, desired)?;
    mutation.admit(&plan.seen)?;
    if plan.seen.as_str() != planned_on {
        return Err(ChangeError::StateChanged);
    }
    let kept = kept.of(app, &plan)?;
    if mutation.dry_run || plan.changes.is_empty() {
        if let Some((keeping, answer)) = kept {
            idempotency::keep_reading(app, &keeping, &answer).await?;
        }
        return Ok(Some(plan));
    }
    let write = Write { kept, ..writes(app, mutation, &seen, &plan)? };
    let org = &app.config.allowed_org;
    match sql::write(app.database(), &seen, org, &write, app.now()).await? {
        Written::Done => Ok(Some(plan)),
        Written::Changed => Ok(None),
        Written::TooLarge => Err(ChangeError::ChangesTooLarge),
    }
}

async fn snapshot(app: &App, declared: &Clients) -> Result<Snapshot, ChangeError> {
    let snapshot = sql::read(app.database(), &app.config.allowed_org, declared).await?;
    if snapshot.bytes > MAX_STATE_BYTES { Err(ChangeError::StateTooLarge) } else { Ok(snapshot) }
}

/// The plan. Fails if the state that it leads to would be too large to be read again.
fn planned(
    allowed: Option<&PoolId>,
    seen: &Snapshot,
    current: &State,
    desired: &State,
) -> Result<Plan, ChangeError> {
    let plan = plan_for(allowed, current, desired)?;
    refuse_taken(seen, &plan.desired.clients)?;
    if stored_bytes(&plan.desired) > MAX_STATE_BYTES { Err(ChangeError::StateTooLarge) } else { Ok(plan) }
}

/// Refuses a token that a client of another caller has: a token opens what one caller may use.
fn refuse_taken(seen: &Snapshot, declared: &Clients) -> Result<(), PlanRefused> {
    let owners = seen.clients.iter().map(|row| (row.token_hash.as_str(), row));
    let owners: HashMap<&str, &ClientRow> = owners.collect();
    for (account, clients) in declared {
        for client in clients.values() {
            let owner = owners.get(client.digest.as_str());
            if owner.is_some_and(|owner| owner.is_ours == 0 || owner.account != *account) {
                return Err(PlanRefused::TokenTaken(*account));
            }
        }
    }
    Ok(())
}

/// The size of the rows of a state, in bytes.
fn stored_bytes(state: &State) -> usize {
    const ID: &str = "00000000-0000-0000-0000-000000000000";
    let pools = state.pools.iter().map(|(id, pool)| {
        let policy_json = pool.policy.as_ref().map(PoolPolicy::to_json);
        let identities = pool.identities.iter().map(|(identity, declared)| {
            // The database also stores the null repository of a scope.
            let without_repo = declared.scopes.as_slice().iter().filter(|scope| scope.repo.is_none()).count();
            bytes(&IdentityRow { id: identity.clone(), pool: id.clone(), identity: declared.clone() })
                + without_repo * r#","repo":null"#.len()
        });
        bytes(&PoolRow { id: id.clone(), policy_json: policy_json.unwrap_or_default() })
            + identities.sum::<usize>()
    });
    let callers = state.callers.iter().map(|(number, caller)| {
        bytes(&CallerRow { id: ID.to_owned(), github_user_id: *number, caller: caller.clone() })
    });
    pools.sum::<usize>() + callers.sum::<usize>()
}

fn bytes(row: &impl Serialize) -> usize {
    serde_json::to_string(row).map_or(MAX_STATE_BYTES + 1, |text| text.len())
}

/// The stored rows as a document. A policy is read as the relay reads it.
fn current(app: &App, seen: &Snapshot) -> State {
    let defaults = app.config.default_policy();
    let mut state = State::default();
    for row in &seen.pools {
        let policy = PoolPolicy::parse(&row.policy_json, &defaults).ok();
        state.pools.insert(row.id.clone(), Pool { policy, identities: BTreeMap::new() });
    }
    for row in &seen.identities {
        // A foreign key ensures that the pool exists.
        if let Some(pool) = state.pools.get_mut(&row.pool) {
            pool.identities.insert(row.id.clone(), row.identity.clone());
        }
    }
    for row in &seen.callers {
        state.callers.insert(row.github_user_id, row.caller.clone());
    }
    for row in seen.clients.iter().filter(|row| row.is_ours != 0) {
        state.clients.entry(row.account).or_default().extend(row.parsed());
    }
    state
}

/// What a plan writes. Each object has its own audit event, as if it had been changed alone.
fn writes(app: &App, mutation: &Mutation, seen: &Snapshot, plan: &Plan) -> Result<Write, EntropyError> {
    let mut callers: HashMap<_, _> =
        seen.callers.iter().map(|row| (row.github_user_id.get().to_string(), row.id.clone())).collect();
    let mut write = Write::default();
    for change in &plan.changes {
        let subject = match change.kind {
            ChangeKind::Pool | ChangeKind::Identity => change.id.clone(),
            ChangeKind::Caller | ChangeKind::Grant | ChangeKind::Client => match callers.get(&change.id) {
                Some(caller) => caller.clone(),
                None => callers.entry(change.id.clone()).or_insert(app.new_id()?).clone(),
            },
        };
        let pool =
            if change.kind == ChangeKind::Pool { Some(change.id.clone()) } else { change.pool.clone() };
        let audit = mutation.audit(action(change), detail(change));
        if change.kind == ChangeKind::Client {
            write.clients.extend(new_client(app.new_id()?, change, &subject, &plan.desired));
        } else {
            add(&mut write, change, &subject, &plan.desired);
        }
        write.events.push((audit, pool, subject));
    }
    Ok(write)
}

/// The client that a change adds or gives another token.
fn new_client(id: String, change: &Change, caller: &str, desired: &State) -> Option<NewClient> {
    let account = change.id.parse().ok().and_then(AccountId::new)?;
    let declared = desired.clients.get(&account)?;
    let (name, client) = declared.iter().find(|(name, _)| change.client.as_deref() == Some(name.as_str()))?;
    Some(NewClient {
        id,
        caller: caller.to_owned(),
        name: name.to_string(),
        token_hash: client.digest.as_str().to_owned(),
        created_at: client.issued_at.as_millis(),
    })
}

fn add(write: &mut Write, change: &Change, subject: &str, desired: &State) {
    let id = || subject.to_owned();
    let pool = change.pool.clone().unwrap_or_default();
    match (change.kind, change.action) {
        (ChangeKind::Pool, ChangeAction::Delete) => write.delete_pools.push(id()),
        (ChangeKind::Identity, ChangeAction::Delete) => write.delete_identities.push(id()),
        (ChangeKind::Caller, ChangeAction::Delete) => write.delete_callers.push(id()),
        (ChangeKind::Grant, ChangeAction::Delete) => {
            write.delete_grants.push(GrantRow { caller: id(), pool });
        }
        (ChangeKind::Grant, _) => write.grants.push(GrantRow { caller: id(), pool }),
        // It has a row of its own, which needs an id.
        (ChangeKind::Client, _) => {}
        (ChangeKind::Pool, _) => {
            if let Some((id, Pool { policy: Some(policy), .. })) = desired.pools.get_key_value(subject) {
                write.pools.push(PoolRow { id: id.clone(), policy_json: policy.to_json() });
            }
        }
        (ChangeKind::Identity, _) => {
            let pool = desired.pools.get_key_value(pool.as_str());
            let identity = pool.and_then(|(id, pool)| Some((id, pool.identities.get_key_value(subject)?)));
            write.identities.extend(identity.map(|(pool, (id, identity))| IdentityRow {
                id: id.clone(),
                pool: pool.clone(),
                identity: identity.clone(),
            }));
        }
        (ChangeKind::Caller, _) => {
            let number = change.id.parse().ok().and_then(AccountId::new);
            let caller = number.and_then(|number| Some((number, desired.callers.get(&number)?)));
            write.callers.extend(caller.map(|(github_user_id, caller)| CallerRow {
                id: id(),
                github_user_id,
                caller: caller.clone(),
            }));
        }
    }
}

/// The same actions as for single changes, where there are such.
fn action(change: &Change) -> AuditAction {
    match (change.kind, change.action) {
        (ChangeKind::Pool, ChangeAction::Create) => AuditAction::PoolCreate,
        (ChangeKind::Pool, ChangeAction::Update) => AuditAction::PoolUpdate,
        (ChangeKind::Pool, ChangeAction::Delete) => AuditAction::PoolDelete,
        (ChangeKind::Identity, ChangeAction::Create) => AuditAction::IdentityRegister,
        (ChangeKind::Identity, ChangeAction::Update) => AuditAction::IdentityUpdate,
        (ChangeKind::Identity, ChangeAction::Delete) => AuditAction::IdentityDelete,
        (ChangeKind::Caller, ChangeAction::Create) => AuditAction::CallerCreate,
        (ChangeKind::Caller, ChangeAction::Update) => AuditAction::CallerUpdate,
        (ChangeKind::Caller, ChangeAction::Delete) => AuditAction::CallerDelete,
        (ChangeKind::Grant, ChangeAction::Delete) => AuditAction::CallerRevokePool,
        (ChangeKind::Grant, _) => AuditAction::CallerGrantPool,
        (ChangeKind::Client, ChangeAction::Update) => AuditAction::CallerReplaceClient,
        (ChangeKind::Client, _) => AuditAction::CallerAddClient,
    }
}

/// The detail of the audit event: the changed fields, or the fields of a created or deleted object.
/// Of a client it has the name and the time, and nothing of the token.
fn detail(change: &Change) -> Value {
    let mut detail = Map::new();
    for field in &change.fields {
        let value = match change.action {
            ChangeAction::Create => field.after.clone(),
            ChangeAction::Update => json!({ "from": field.before, "to": field.after }),
            ChangeAction::Delete => field.before.clone(),
        };
        detail.insert(field.field.clone(), value);
    }
    if matches!(change.kind, ChangeKind::Caller | ChangeKind::Grant | ChangeKind::Client) {
        detail.insert("github_user_id".to_owned(), change.id.parse::<i64>().ok().into());
    }
    if change.kind == ChangeKind::Grant {
        detail.insert("pool".to_owned(), change.pool.clone().into());
    }
    if change.kind == ChangeKind::Client {
        detail.insert("client".to_owned(), change.client.clone().into());
    }
    Value::Object(detail)
}
