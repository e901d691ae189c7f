//! Callers with their grants. The rows of one account are one caller.

use std::collections::{BTreeMap, BTreeSet};

use octopool_api_types::{CallerStatus, DeclaredCaller};
use octopool_core::{AccountId, DisplayName, Timestamp};

use super::accounts::{account, is_of};
use super::clients::{self, Issued};
use super::findings::{Noun, name_of};
use super::row::Row;
use super::{Import, Tables, Target};

/// Carries the callers over, with their grants for these pools and their clients.
pub(super) fn carry_over(tables: &Tables, pools: &BTreeSet<String>, target: &Target, import: &mut Import) {
    let mut accounts: BTreeMap<AccountId, Vec<&Row>> = BTreeMap::new();
    for row in &tables.callers {
        let id = name_of(row);
        if !is_of(row, &target.org) {
            let reason = format!(
                "it is of the organization `{}`; this server serves {}",
                row.shown("org_login"),
                target.org
            );
            import.findings.leave_out(Noun::Caller, &id, reason);
            continue;
        }
        match account(row, tables, &target.accounts) {
            Ok(account) => accounts.entry(account).or_default().push(row),
            Err(why) => import.findings.leave_out(Noun::Caller, &id, why),
        }
    }
    name_orphans(tables, import);
    let mut tokens = clients::of_callers(tables, &accounts, &mut import.findings);
    for (account, mut rows) in accounts {
        // The newest row comes first; of equal ones, the one that was written last.
        rows.reverse();
        rows.sort_by_key(|row| std::cmp::Reverse(row.time("updated_at").map(Timestamp::as_millis)));
        let key = account.get().to_string();
        let known = import.desired.callers.get(&key).cloned();
        let caller = caller(&rows, (tables, pools), known.as_ref(), import);
        let id = caller.github_login.clone();
        let issued: Vec<Issued> = tokens.remove(&account).unwrap_or_default();
        let on_server = target.clients.get(&key).map(Vec::as_slice).unwrap_or_default();
        let clients = clients::declared(&id, issued, on_server, &mut import.findings);
        import.counts.callers += 1;
        import.counts.clients += clients.len();
        import.desired.callers.insert(key, DeclaredCaller { clients, ..caller });
    }
}

/// Grants and tokens whose caller is not in the dump.
fn name_orphans(tables: &Tables, import: &mut Import) {
    let known: BTreeSet<_> = tables.callers.iter().filter_map(|row| row.key("id")).collect();
    for (noun, rows) in [(Noun::Grant, &tables.caller_pools), (Noun::Client, &tables.caller_tokens)] {
        for row in rows.iter().filter(|row| row.key("caller_id").is_none_or(|id| !known.contains(&id))) {
            let id = match noun {
                Noun::Client => row.shown("client_name"),
                Noun::Pool | Noun::Identity | Noun::Caller | Noun::Grant => row.shown("pool_id"),
            };
            let reason = format!("its caller `{}` is not in the dump", row.shown("caller_id"));
            import.findings.leave_out(noun, &id, reason);
        }
    }
}

/// The caller that the rows of an account are, the newest row first, on top of what the server has.
fn caller(
    rows: &[&Row],
    (tables, pools): (&Tables, &BTreeSet<String>),
    known: Option<&DeclaredCaller>,
    import: &mut Import,
) -> DeclaredCaller {
    let newest = rows.iter().find_map(|row| row.text("github_login")).unwrap_or_default();
    // The server asks GitHub for the membership by its login, which a login there has renewed.
    let login = known.map_or(newest, |known| known.github_login.as_str()).to_owned();
    let mut granted: BTreeSet<String> =
        known.map(|known| known.pools.iter().cloned().collect()).unwrap_or_default();
    if rows.len() > 1 {
        let problem = format!("the dump has {} callers of this account", rows.len());
        import.findings.adjust(
            Noun::Caller,
            &login,
            problem,
            "one caller with the grants and clients of all of them",
        );
    }
    for row in rows {
        granted.extend(grants(row, &login, tables, pools, import));
    }
    DeclaredCaller {
        name: Some(display_name(rows, &login, import)),
        status: Some(status(rows, &login, known, import)),
        pools: granted.into_iter().collect(),
        clients: BTreeMap::new(),
        github_login: login,
    }
}

/// The pools that a row has a grant for and that are carried over.
fn grants(
    row: &Row,
    login: &str,
    tables: &Tables,
    pools: &BTreeSet<String>,
    import: &mut Import,
) -> Vec<String> {
    let id = row.key("id");
    let of_row = tables.caller_pools.iter().filter(|grant| id.is_some() && grant.key("caller_id") == id);
    let mut granted = Vec::new();
    for grant in of_row {
        match grant.text("pool_id") {
            Some(pool) if pools.contains(pool) => granted.push(pool.to_owned()),
            _ => {
                let reason = format!("its pool `{}` is not carried over", grant.shown("pool_id"));
                import.findings.leave_out(Noun::Grant, login, reason);
            }
        }
    }
    granted
}

fn display_name(rows: &[&Row], login: &str, import: &mut Import) -> String {
    let newest = rows.first().copied();
    let name = newest.and_then(|row| row.text("name")).map(DisplayName::parse);
    if let Some(Ok(name)) = name {
        return name.to_string();
    }
    let shown = newest.map(|row| row.shown("name")).unwrap_or_default();
    import.findings.adjust(
        Noun::Caller,
        login,
        format!("its name `{shown}` is blank, too long or has control characters"),
        format!("the name {login}"),
    );
    login.to_owned()
}

/// Active only if every row is, and the server's, too: an active row beside a disabled one would be
/// a way around the decision of the operator who disabled it.
fn status(rows: &[&Row], login: &str, known: Option<&DeclaredCaller>, import: &mut Import) -> CallerStatus {
    let statuses: Vec<_> =
        rows.iter().map(|row| row.text("status").and_then(|text| CallerStatus::parse(text).ok())).collect();
    let active = statuses.iter().filter(|status| **status == Some(CallerStatus::Active)).count();
    let is_disabled_here = known.is_some_and(|known| known.status == Some(CallerStatus::Disabled));
    for row in rows.iter().zip(&statuses).filter(|(_, status)| status.is_none()).map(|(row, _)| row) {
        let problem = format!("its status `{}` is neither active nor disabled", row.shown("status"));
        import.findings.adjust(Noun::Caller, login, problem, "disabled");
    }
    if active > 0 && active < rows.len() {
        let problem = "some callers of this account are active and some disabled";
        let result = "disabled; `octopool admin callers enable CALLER` enables it";
        import.findings.adjust(Noun::Caller, login, problem, result);
    }
    if active == rows.len() && is_disabled_here {
        let problem = "it is active in the dump and disabled on this server";
        import.findings.adjust(Noun::Caller, login, problem, "disabled");
    }
    if active == rows.len() && !is_disabled_here { CallerStatus::Active } else { CallerStatus::Disabled }
}

#[cfg(test)]
mod tests;
