//! Clients with the digests of their tokens. The tokens themselves are in no database.

use std::collections::{BTreeMap, BTreeSet};

use octopool_api_types::{Client, DeclaredClient};
use octopool_core::{AccountId, ClientName, MAX_CLIENTS_PER_CALLER, Timestamp, TokenDigest};

use super::Tables;
use super::findings::{Findings, Noun, name_of};
use super::row::{Cell, Row};

/// A token of an account.
#[derive(Clone, Debug)]
pub(super) struct Issued {
    name: ClientName,
    digest: TokenDigest,
    at: Timestamp,
}

/// The tokens of the accounts with these rows.
pub(super) fn of_callers(
    tables: &Tables,
    accounts: &BTreeMap<AccountId, Vec<&Row>>,
    findings: &mut Findings,
) -> BTreeMap<AccountId, Vec<Issued>> {
    let mut issued: BTreeMap<AccountId, Vec<Issued>> = BTreeMap::new();
    let mut owners: BTreeMap<TokenDigest, BTreeSet<AccountId>> = BTreeMap::new();
    for (account, rows) in accounts {
        for row in rows {
            let id = row.key("id");
            let tokens = tables.caller_tokens.iter();
            let tokens: Vec<_> =
                tokens.filter(|token| id.is_some() && token.key("caller_id") == id).collect();
            let found =
                if tokens.is_empty() { own_token(row, findings) } else { named(row, &tokens, findings) };
            for token in &found {
                owners.entry(token.digest.clone()).or_default().insert(*account);
            }
            issued.entry(*account).or_default().extend(found);
        }
    }
    for (account, tokens) in &mut issued {
        let login = accounts[account].first().map(|row| name_of(row)).unwrap_or_default();
        tokens.retain(|token| {
            let is_its_own = owners[&token.digest].len() == 1;
            if !is_its_own {
                let reason = "another caller has the same token";
                findings.leave_out(Noun::Client, &format!("{} of {login}", token.name), reason);
            }
            is_its_own
        });
    }
    issued
}

/// The token of a caller from before clients had tokens of their own.
fn own_token(row: &Row, findings: &mut Findings) -> Vec<Issued> {
    if matches!(row.cell("token_hash"), Cell::Null) {
        return Vec::new();
    }
    digest(row, &format!("legacy of {}", name_of(row)), findings)
        .map(|digest| Issued { name: ClientName::legacy(), digest, at: issued_at(row) })
        .into_iter()
        .collect()
}

/// The tokens of the clients of a row. The row's own token is not used beside them: if it is none
/// of theirs, a login has replaced it since.
fn named(row: &Row, tokens: &[&Row], findings: &mut Findings) -> Vec<Issued> {
    let caller = name_of(row);
    let mut issued = Vec::new();
    for token in tokens {
        let id = format!("{} of {caller}", token.shown("client_name"));
        let Some(digest) = digest(token, &id, findings) else { continue };
        let name = client_name(token);
        if token.text("client_name") != Some(name.as_str()) {
            findings.adjust(
                Noun::Client,
                &id,
                "its name is not a valid client name",
                format!("client {name}"),
            );
        }
        issued.push(Issued { name, digest, at: issued_at(token) });
    }
    issued
}

fn digest(row: &Row, id: &str, findings: &mut Findings) -> Option<TokenDigest> {
    let digest = row.text("token_hash").and_then(|text| TokenDigest::parse(text).ok());
    if digest.is_none() {
        let reason = match row.cell("token_hash") {
            Cell::Credential => "its token_hash is a token and not a digest; its user logs in again",
            Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Text(_) | Cell::Bytes => {
                "its token_hash is not the SHA-256 of a token in base64url; its user logs in again"
            }
        };
        findings.leave_out(Noun::Client, id, reason);
    }
    digest
}

fn issued_at(row: &Row) -> Timestamp {
    row.time("updated_at").or_else(|| row.time("created_at")).unwrap_or(Timestamp::from_millis(0))
}

/// The name of a client, or the nearest one that can be one. A token must not be lost because of
/// its name.
fn client_name(row: &Row) -> ClientName {
    let Some(text) = row.text("client_name") else { return ClientName::legacy() };
    let replaced: String = text
        .trim()
        .chars()
        .map(
            |character| {
                if character.is_ascii_alphanumeric() || "._-".contains(character) { character } else { '-' }
            },
        )
        .take(80)
        .collect();
    let replaced = replaced.trim_start_matches(|character: char| !character.is_ascii_alphanumeric());
    ClientName::parse(text).or_else(|_| ClientName::parse(replaced)).unwrap_or_else(|_| ClientName::legacy())
}

/// The clients to declare: of each name the newest token, and at most as many as a caller may have
/// with those that it has on the server.
pub(super) fn declared(
    caller: &str,
    mut issued: Vec<Issued>,
    known: &[Client],
    findings: &mut Findings,
) -> BTreeMap<String, DeclaredClient> {
    issued.sort_by_key(|token| std::cmp::Reverse(token.at.as_millis()));
    let most = usize::try_from(MAX_CLIENTS_PER_CALLER).unwrap_or(usize::MAX);
    let (mut declared, mut digests, mut total) = (BTreeMap::new(), BTreeSet::new(), known.len());
    for Issued { name, digest, at } in issued {
        let id = format!("{name} of {caller}");
        if declared.contains_key(name.as_str()) {
            findings.leave_out(Noun::Client, &id, "the client has a newer token");
            continue;
        }
        if !digests.insert(digest.clone()) {
            findings.leave_out(Noun::Client, &id, "another client of the caller has the same token");
            continue;
        }
        let on_server = known.iter().find(|client| client.name == name.as_str());
        let since = on_server.and_then(|client| Timestamp::parse_rfc3339(&client.created_at));
        if since.is_some_and(|since| since.as_millis() > at.as_millis()) {
            findings.leave_out(Noun::Client, &id, "this server has issued a newer token for the client");
            continue;
        }
        if on_server.is_none() && total >= most {
            let reason =
                format!("a caller has at most {most} clients; the others are newer or on this server");
            findings.leave_out(Noun::Client, &id, reason);
            continue;
        }
        total += usize::from(on_server.is_none());
        let created_at = at.to_rfc3339().unwrap_or_default();
        declared.insert(
            name.to_string(),
            DeclaredClient { token_digest: digest.as_str().to_owned(), created_at },
        );
    }
    declared
}
