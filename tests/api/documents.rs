//! Documents that say what the code says.
//!
//! `UPDATE_DOCS=1 cargo test -p octopool-worker --test api documents` rewrites the generated parts.

mod prose;
mod samples;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use octopool_api_types::ErrorCode;
use octopool_api_types::endpoints::ENDPOINTS;
use octopool_core::relay::{self, Freshness, Life, Seen};
use octopool_openapi::reference;
use serde_json::{Value, json};

const END: &str = "<!-- generated: end -->";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares the generated parts of a document with what the code says now, or rewrites them.
#[track_caller]
fn up_to_date(document: &str, parts: &[(&str, String)]) {
    let path = root().join(document);
    let text = fs::read_to_string(&path).unwrap();
    let mut now = text.clone();
    for (name, generated) in parts {
        let begin = format!("<!-- generated: begin {name} -->\n");
        assert!(now.contains(&begin), "{document} has no {begin}");
        let (before, rest) = now.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        now = format!("{before}{begin}{generated}{END}{after}");
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, now).unwrap();
        return;
    }
    assert!(
        text == now,
        "{document} is out of date: UPDATE_DOCS=1 cargo test -p octopool-worker --test api documents"
    );
}

#[test]
fn the_api_document_says_what_openapi_json_and_the_list_of_errors_say() {
    // The text, because its keys are sorted whatever the features of serde_json are.
    let document: Value = serde_json::from_str(&octopool_openapi::text()).unwrap();
    let parts = [
        ("endpoints", reference::endpoints(&document)),
        ("objects", reference::objects(&document)),
        ("errors", errors()),
    ];
    up_to_date("docs/API.md", &parts);
}

fn errors() -> String {
    let mut table = String::from("| `error.code` | Status | Message |\n| --- | --- | --- |\n");
    for code in ErrorCode::ALL {
        let (status, message) = (code.status(), code.message());
        writeln!(table, "| `{}` | {} | {message} |", code.as_str(), status.as_u16()).unwrap();
    }
    table
}

#[test]
fn the_list_of_relayed_routes_is_the_table() {
    let mut table = String::from(
        "| Path | Kind | Parameters | Media | Fresh for | Gate | Budget | Holds | Redirect |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in relay::ROUTES {
        let path = row.pattern.strip_suffix('/').unwrap_or(row.pattern);
        let parameters: Vec<_> = row.parameters.iter().map(|name| format!("`{name}`")).collect();
        let media: Vec<_> = row.media.iter().map(|media| format!("{media:?}")).collect();
        writeln!(
            table,
            "| `{path}` | `{}` | {} | {} | {} | {:?} | {:?} | {:?} | {:?} |",
            row.kind,
            parameters.join(" "),
            media.join(", "),
            fresh_for(row.freshness),
            row.gate,
            row.budget,
            row.holds,
            row.redirect
        )
        .unwrap();
    }
    up_to_date("docs/ROUTES.md", &[("routes", table)]);
}

/// Seconds, as the code has them for an answer that says nothing about itself.
fn fresh_for(freshness: Freshness) -> String {
    let seconds = |body: Value| match relay::life(freshness, &Seen { status: 200, sso: None, body: &body }) {
        Life::Unshared => "not kept".to_owned(),
        Life::Provisional(seconds) | Life::Fresh(seconds) => seconds.to_string(),
    };
    let usual = seconds(Value::Null);
    let settled = seconds(json!({"state": "closed", "status": "completed"}));
    match freshness {
        Freshness::Tree | Freshness::Commit | Freshness::Object => format!("{usual}; 86400 by digest"),
        Freshness::Pull | Freshness::Issue => format!("{usual}; {settled} closed"),
        Freshness::Run => format!("{usual}; {settled} completed"),
        Freshness::Runs => format!("{usual}; {} empty", seconds(json!([]))),
        Freshness::Immutable
        | Freshness::Reference
        | Freshness::Repository
        | Freshness::List
        | Freshness::Discussion
        | Freshness::Ref
        | Freshness::Statistics
        | Freshness::Search
        | Freshness::Never => usual,
    }
}

#[test]
fn every_route_is_in_the_api_document() {
    let text = fs::read_to_string(root().join("docs/API.md")).unwrap();
    for route in ENDPOINTS {
        let path = route.path.replace("{*", "{");
        let heading = format!("#### `{} {path}`\n", route.method);
        let also = text.lines().any(|line| line.contains(&format!("`{path}`")) && !line.starts_with('|'));
        assert!(text.contains(&heading) || also, "docs/API.md does not have {} {path}", route.method);
    }
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    for document in prose::markdown_files() {
        let text = without_code(&fs::read_to_string(root().join(&document)).unwrap());
        let folder = root().join(&document).parent().unwrap().to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { root().join(&document) } else { folder.join(file) };
            assert!(path.exists(), "{document} links to {target}");
            if !anchor.is_empty() {
                let anchors = anchors(&fs::read_to_string(&path).unwrap());
                assert!(anchors.contains(&anchor.to_owned()), "{document} links to {target}: {anchors:?}");
            }
        }
    }
}

/// The text without its blocks and spans of code.
fn without_code(text: &str) -> String {
    let outside: Vec<_> = text.split("\n```").step_by(2).collect();
    outside.join("\n").split('`').step_by(2).collect()
}

/// The anchors that GitHub gives the headings of a document.
fn anchors(text: &str) -> Vec<String> {
    let mut in_code = false;
    let mut anchors = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if line.starts_with('#') && !in_code {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
            anchors.push(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    anchors
}

#[test]
fn the_files_that_the_documents_name_are_there() {
    // What was true of a release stays in the change log, and a crate's document names its own
    // files.
    let of_now = |file: &String| file != "CHANGELOG.md" && !file.starts_with("crates/");
    for document in prose::markdown_files().into_iter().filter(of_now) {
        let text = fs::read_to_string(root().join(&document)).unwrap();
        for name in text.split('`').skip(1).step_by(2) {
            let is_path = ["src/", "crates/", "cli/", "tests/", "migrations/", "scripts/"]
                .iter()
                .any(|top| name.starts_with(top));
            if is_path && !name.contains(['*', '{', ' ']) {
                assert!(root().join(name).exists(), "{document} names {name}");
            }
        }
    }
}

#[test]
fn the_security_document_has_every_table_of_the_schema() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    for entry in fs::read_dir(root().join("migrations")).unwrap() {
        let sql = fs::read_to_string(entry.unwrap().path()).unwrap();
        for name in sql.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split_whitespace().next()) {
            let rows = text.lines().filter(|line| line.starts_with('|'));
            let described = rows.filter(|row| row.contains(&format!("`{name}`"))).count();
            assert!(described > 0, "SECURITY.md does not say what `{name}` holds");
        }
    }
}
