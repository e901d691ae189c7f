//! Writing the file: the same state is the same bytes, with nothing left out that has a default.

use std::fmt::Write as _;

use octopool_api_types::{
    CallerStatus, DeclaredCaller, DeclaredIdentity, DeclaredPolicy, DeclaredScope, IdentityKind,
    IdentityStatus, StateDocument,
};

const HEADER: &str = "\
# The pools, identities and callers of an octopool server, as `octopool admin export` writes them.
# `octopool admin plan -f FILE` shows what this file would change there, and `octopool admin apply -f FILE` changes it.
# What is not in the file is deleted. Secrets are only named in it; the tokens of clients cannot be declared.
";

/// What stands for a policy that the server cannot read. It makes the file one that cannot be applied: without it the pool, which
/// serves nothing now, would be given the policy of a new one.
const UNREADABLE_POLICY: &str = "\
# The stored policy cannot be read, and the pool serves nothing. Write a policy in place of the next line, as in
# policy.allowed_owners = []
policy = \"cannot be read\"
";

/// The document as TOML.
pub(in crate::commands::admin) fn write(document: &StateDocument) -> String {
    let mut text = HEADER.to_owned();
    for (id, pool) in &document.pools {
        table(&mut text, &["pools", id]);
        match &pool.policy {
            Some(policy) => write_policy(&mut text, policy),
            None => text.push_str(UNREADABLE_POLICY),
        }
        for (identity, declared) in &pool.identities {
            table(&mut text, &["pools", id, "identities", identity]);
            write_identity(&mut text, declared);
        }
    }
    let mut callers: Vec<_> = document.callers.iter().collect();
    callers.sort_by_key(|(id, _)| id.parse::<u64>().unwrap_or(u64::MAX));
    for (id, caller) in callers {
        table(&mut text, &["callers", id]);
        write_caller(&mut text, caller);
    }
    text
}

fn write_policy(text: &mut String, policy: &DeclaredPolicy) {
    let owners = policy.allowed_owners.as_ref().map(|owners| list(owners));
    let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string());
    entry(text, "policy.allowed_owners", owners);
    entry(text, "policy.allow_public_repos", flag(policy.allow_public_repos));
    entry(text, "policy.allow_search", flag(policy.allow_search));
    entry(text, "policy.allow_logs", flag(policy.allow_logs));
}

fn write_identity(text: &mut String, identity: &DeclaredIdentity) {
    let kind = identity.kind.map(|kind| match kind {
        IdentityKind::Pat => quoted("pat"),
        IdentityKind::GithubApp => quoted("github_app"),
    });
    let status = identity.status.map(|status| match status {
        IdentityStatus::Active => quoted("active"),
        IdentityStatus::Disabled => quoted("disabled"),
    });
    entry(text, "kind", kind);
    entry(text, "login", Some(quoted(&identity.login)));
    entry(text, "secret_ref", Some(quoted(&identity.secret_ref)));
    entry(text, "installation_id", identity.installation_id.map(|id| id.to_string()));
    entry(text, "weight", identity.weight.map(|weight| weight.to_string()));
    entry(text, "status", status);
    let scopes: Vec<_> = identity.scopes.iter().map(|scope| format!("\n  {},", inline(scope))).collect();
    let end = if scopes.is_empty() { "" } else { "\n" };
    entry(text, "scopes", Some(format!("[{}{end}]", scopes.concat())));
}

fn write_caller(text: &mut String, caller: &DeclaredCaller) {
    let status = caller.status.map(|status| match status {
        CallerStatus::Active => quoted("active"),
        CallerStatus::Disabled => quoted("disabled"),
    });
    entry(text, "github_login", Some(quoted(&caller.github_login)));
    entry(text, "name", caller.name.as_deref().map(quoted));
    entry(text, "status", status);
    entry(text, "pools", Some(list(&caller.pools)));
}

fn inline(scope: &DeclaredScope) -> String {
    let repo = scope.repo.as_ref().map(|repo| format!(", repo = {}", quoted(repo))).unwrap_or_default();
    format!("{{ owner = {}{repo}, allow_private = {} }}", quoted(&scope.owner), scope.allow_private)
}

/// The heading of a table.
fn table(text: &mut String, path: &[&str]) {
    let path: Vec<_> = path.iter().map(|name| key(name)).collect();
    let _ = writeln!(text, "\n[{}]", path.join("."));
}

fn entry(text: &mut String, name: &str, value: Option<String>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{name} = {value}");
    }
}

/// A key, bare where TOML lets it be.
fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { quoted(name) }
}

fn list(items: &[String]) -> String {
    let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
    format!("[{}]", items.join(", "))
}

/// A basic string. JSON escapes as TOML does, except for U+007F, which TOML wants escaped.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
