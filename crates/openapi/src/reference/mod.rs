//! The endpoint reference of `docs/API.md` as Markdown, made from the OpenAPI document alone.
//!
//! `tests/api/documents.rs` writes it between the marks of the document and compares it, and
//! `tests/api/documents/samples.rs` sends every sample.

mod layout;
mod sample;
mod tables;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use self::layout::{cell, code_list, wrapped};
use self::tables::Tables;

/// The tags of the document in the order in which a reader needs them, with their headings.
const GROUPS: [(&str, &str); 3] =
    [("open", "Without a token"), ("caller", "With a caller token"), ("admin", "With an admin token")];

/// The section of `docs/API.md` that explains what the tables cannot say, by operation.
const EXPLAINED_IN: &[(&str, &str)] = &[
    ("apply_state", "The state document"),
    ("create_admin_token", "Admin tokens"),
    ("cut_audit", "The audit"),
    ("examine_deployment", "Verification and doctor"),
    ("export_audit", "The audit"),
    ("list_admin_tokens", "Admin tokens"),
    ("list_audit", "The audit"),
    ("login_with_github_token", "Callers and clients"),
    ("plan_state", "The state document"),
    ("provision_caller", "Callers and clients"),
    ("read_caller", "Callers and clients"),
    ("read_github", "GitHub as plain REST"),
    ("read_pool", "Pools and policies"),
    ("read_pool_health", "Health and statistics"),
    ("read_pool_stats", "Health and statistics"),
    ("read_state", "The state document"),
    ("register_identity", "Identities"),
    ("request_github", "GitHub in an envelope"),
    ("revoke_admin_token", "Admin tokens"),
    ("revoke_client", "Callers and clients"),
    ("revoke_pool", "Callers and clients"),
    ("update_caller", "Callers and clients"),
    ("update_identity", "Identities"),
    ("update_pool", "Pools and policies"),
    ("verify_audit", "The audit"),
    ("verify_identity", "Verification and doctor"),
];

/// An operation of the document with where it is.
struct Endpoint<'a> {
    method: String,
    path: &'a str,
    /// The parameters of the path and the operation's own, unresolved.
    parameters: Vec<&'a Value>,
    operation: &'a Value,
}

/// A table of all operations, and one section for each, in groups by the token that it needs.
///
/// Operations that differ in their path only (those of GitHub's REST API at the root of the host)
/// share the section of the first.
pub fn endpoints(document: &Value) -> String {
    let all = all(document);
    let mut table = String::from("| Endpoint | What it does |\n| --- | --- |\n");
    let mut sections = String::new();
    for (tag, title) in GROUPS {
        let _ = write!(sections, "### {title}\n\n");
        for same in grouped(all.iter().filter(|endpoint| endpoint.operation["tags"][0] == tag)) {
            let named = same.iter().find(|endpoint| explained_in(endpoint).is_some());
            let Some(&endpoint) = named.or(same.first()) else { continue };
            let (name, summary) = (endpoint.name(), endpoint.summary());
            let _ = writeln!(table, "| [`{name}`](#{}) | {} |", anchor(&name), cell(summary));
            section(document, endpoint, &same, &mut sections);
        }
    }
    format!("{table}\n{sections}")
}

/// Endpoints that are alike, together.
fn grouped<'a>(endpoints: impl Iterator<Item = &'a Endpoint<'a>>) -> Vec<Vec<&'a Endpoint<'a>>> {
    let mut groups: Vec<Vec<&Endpoint<'_>>> = Vec::new();
    for endpoint in endpoints {
        match groups.iter_mut().find(|group| group.iter().all(|other| alike(endpoint, other))) {
            Some(group) => group.push(endpoint),
            None => groups.push(vec![endpoint]),
        }
    }
    groups
}

/// The anchor that GitHub gives a heading.
fn anchor(title: &str) -> String {
    let kept = title.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || ['-', '_'].contains(c)).collect()
}

/// Every type that the sections refer to.
pub fn objects(document: &Value) -> String {
    Tables { document }.objects()
}

impl<'a> Endpoint<'a> {
    /// `METHOD path`.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn summary(&self) -> &'a str {
        self.operation["summary"].as_str().unwrap_or_default()
    }
}

fn all(document: &Value) -> Vec<Endpoint<'_>> {
    let mut all = Vec::new();
    for (path, item) in entries(&document["paths"]) {
        for (method, operation) in entries(item).filter(|(_, operation)| operation["operationId"].is_string())
        {
            let parameters = [&item["parameters"], &operation["parameters"]];
            let parameters = parameters.into_iter().filter_map(Value::as_array).flatten().collect();
            all.push(Endpoint { method: method.to_uppercase(), path, parameters, operation });
        }
    }
    all
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

fn alike(one: &Endpoint<'_>, other: &Endpoint<'_>) -> bool {
    let parts = ["summary", "responses", "parameters", "requestBody"];
    one.method == other.method && parts.iter().all(|part| one.operation[part] == other.operation[part])
}

/// The title of the section that explains an operation.
fn explained_in(endpoint: &Endpoint<'_>) -> Option<&'static str> {
    let id = &endpoint.operation["operationId"];
    EXPLAINED_IN.iter().find(|(known, _)| id == *known).map(|(_, title)| *title)
}

/// Writes the section of an operation and those that are like it.
fn section(document: &Value, endpoint: &Endpoint<'_>, same: &[&Endpoint<'_>], text: &mut String) {
    let (tables, operation) = (Tables { document }, endpoint.operation);
    let mut about = format!("{}.", endpoint.summary());
    if let Some(title) = explained_in(endpoint) {
        let _ = write!(about, " See [{title}](#{}).", anchor(title));
    }
    let _ = write!(text, "#### `{}`\n\n{}", endpoint.name(), wrapped(&about));
    let others: Vec<_> = same.iter().map(|other| other.path).filter(|path| *path != endpoint.path).collect();
    if !others.is_empty() {
        text.push_str(&wrapped(&format!("Also at {}.", code_list(&others))));
    }
    text.push_str(&tables.parameters(&endpoint.parameters));
    text.push_str(&tables.fields(&operation["requestBody"]["content"]["application/json"]["schema"]));
    text.push_str(&answers(&tables, endpoint));
    let _ = write!(text, "```sh\n{}\n```\n\n", sample::curl(endpoint));
    let (status, answer) = sample::success(operation);
    match answer["content"]["application/json"].get("example") {
        Some(example) => {
            let _ = write!(text, "Answers {status}:\n\n```json\n{}\n```\n\n", layout::json(example));
        }
        None => {
            let _ = write!(text, "Answers {status}.\n\n");
        }
    }
}

/// The table of an operation's answers, errors by their codes.
fn answers(tables: &Tables<'_>, endpoint: &Endpoint<'_>) -> String {
    let mut table = String::from("| Status | Answer |\n| --- | --- |\n");
    let responses = endpoint.operation["responses"].as_object();
    let makes = responses.is_some_and(|all| all.contains_key("201"));
    let mut shown_headers = Vec::new();
    for (status, response) in entries(&endpoint.operation["responses"]) {
        let response = tables.resolved(response);
        let mut answer = tables.answer(response);
        let headers = Tables::headers(response);
        match status {
            // What every route answers to `http:` stands above the endpoints.
            "308" => continue,
            "200" if makes => answer.push_str(", to a dry run"),
            _ => {}
        }
        // Those of an error are explained with its code.
        if headers.len() > 1 && headers == shown_headers {
            answer.push_str("; the same headers");
        } else if !headers.is_empty() && !answer.starts_with('`') {
            let _ = write!(answer, "; headers {}", code_list(&headers));
            shown_headers = headers;
        }
        let status = if status == "default" { "any other" } else { status };
        let _ = writeln!(table, "| {status} | {} |", cell(&answer));
    }
    table.push('\n');
    table
}

#[cfg(test)]
mod tests {
    use super::{EXPLAINED_IN, all};

    #[test]
    fn only_operations_of_the_document_are_explained() {
        let document = crate::document();
        let endpoints = all(&document);
        for (id, _) in EXPLAINED_IN {
            let known = endpoints.iter().any(|endpoint| endpoint.operation["operationId"] == *id);
            assert!(known, "{id} is no operation");
        }
    }
}
