//! Clients in a plan. They are only ever added: a login, which no plan sees, adds and removes them,
//! too, so a client that a document does not name must stay.

use std::collections::{BTreeMap, BTreeSet};

use super::State;
use super::change::{Change, ChangeAction, ChangeKind, FieldChange};
use crate::{AccountId, ClientName, ClientToken, MAX_CLIENTS_PER_CALLER, Timestamp};

/// Clients by the account of their caller and by name.
pub type Clients = BTreeMap<AccountId, BTreeMap<ClientName, ClientToken>>;

/// The clients that a caller gets, in the order of their names: those it does not have, and those
/// whose declared token is newer than the stored one. A token that one of its clients has already
/// is left where it is.
pub(super) fn client_changes(id: AccountId, current: &State, desired: &State) -> Vec<Change> {
    let (none, key) = (BTreeMap::new(), id.get().to_string());
    let stored = current.clients.get(&id).unwrap_or(&none);
    let declared = desired.clients.get(&id).unwrap_or(&none);
    let known: BTreeSet<_> = stored.values().map(|client| &client.digest).collect();
    let added = declared.iter().filter(|(_, client)| !known.contains(&client.digest));
    let changes = added.filter_map(|(name, client)| {
        let before = stored.get(name);
        if before.is_some_and(|before| before.issued_at >= client.issued_at) {
            return None;
        }
        let time = |at: Timestamp| at.to_rfc3339().into();
        let issued = FieldChange {
            field: "created_at".to_owned(),
            before: before.map(|before| time(before.issued_at)).unwrap_or_default(),
            after: time(client.issued_at),
        };
        Some(Change {
            action: if before.is_some() { ChangeAction::Update } else { ChangeAction::Create },
            kind: ChangeKind::Client,
            id: key.clone(),
            pool: None,
            client: Some(name.to_string()),
            fields: vec![issued],
        })
    });
    changes.collect()
}

/// A caller that a plan would give more clients than it may have. A login would remove the least
/// recently used one; a document must not, because it does not say which.
pub(super) fn with_too_many(current: &State, desired: &State) -> Option<AccountId> {
    let most = usize::try_from(MAX_CLIENTS_PER_CALLER).unwrap_or(usize::MAX);
    let has_too_many = |id: AccountId| {
        let stored = current.clients.get(&id).map_or(0, BTreeMap::len);
        let added = client_changes(id, current, desired).into_iter();
        let added = added.filter(|change| change.action == ChangeAction::Create).count();
        added > 0 && stored + added > most
    };
    desired.clients.keys().copied().find(|id| has_too_many(*id))
}

#[cfg(test)]
mod tests {
    use super::{client_changes, with_too_many};
    use crate::state::samples::account;
    use crate::state::{ChangeAction, State};
    use crate::{CallerToken, ClientName, ClientToken, Timestamp};

    fn client(token: u8, issued_at: i64) -> ClientToken {
        ClientToken {
            digest: CallerToken::from_random([token; 32]).digest(),
            issued_at: Timestamp::from_millis(issued_at),
        }
    }

    fn state(clients: &[(&str, ClientToken)]) -> State {
        let clients = clients.iter().map(|(name, client)| (ClientName::parse(name).unwrap(), client.clone()));
        State { clients: [(account(7), clients.collect())].into(), ..State::default() }
    }

    fn changes(current: &State, desired: &State) -> Vec<(ChangeAction, String)> {
        let changes = client_changes(account(7), current, desired).into_iter();
        changes.map(|change| (change.action, change.client.unwrap())).collect()
    }

    #[test]
    fn the_newer_token_of_a_client_counts() {
        let current = state(&[("ci", client(1, 10)), ("laptop", client(2, 10))]);
        let named = |name: &str, token| state(&[(name, token)]);
        for (name, declared, expected) in [
            ("new", client(3, 1), Some(ChangeAction::Create)),
            ("ci", client(3, 11), Some(ChangeAction::Update)),
            ("ci", client(3, 10), None),
            ("ci", client(3, 9), None),
            ("ci", client(1, 99), None),
            ("new", client(2, 99), None),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|action| (action, name.to_owned())).collect();
            assert_eq!(changes(&current, &named(name, declared)), expected);
        }
        assert_eq!(changes(&current, &current), []);
        assert_eq!(changes(&current, &State::default()), []);
    }

    #[test]
    fn a_caller_has_at_most_16_clients() {
        let names: Vec<_> = (0..17).map(|number| format!("c{number}")).collect();
        let many = |count: u8| {
            state(
                &(0..count)
                    .map(|number| (names[usize::from(number)].as_str(), client(number, 1)))
                    .collect::<Vec<_>>(),
            )
        };
        let refused = Some(account(7));
        for (stored, declared, expected) in
            [(0, 16, None), (0, 17, refused), (16, 16, None), (16, 17, refused), (17, 17, None)]
        {
            assert_eq!(with_too_many(&many(stored), &many(declared)), expected, "{stored} {declared}");
        }
    }
}
