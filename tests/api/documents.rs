//! Documents that say what the code says. `UPDATE_DOCS=1 cargo test -p octopool-worker documents` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use octopool_api_types::endpoints::{Auth, ENDPOINTS};
use octopool_api_types::{ErrorCode, paths};
use octopool_core::relay::{self, Freshness, Life, Seen};
use serde_json::{Value, json};

const BEGIN: &str = "<!-- generated: begin -->\n";
const END: &str = "<!-- generated: end -->";

/// Compares the generated part of a document with what the code says now, or writes it.
#[track_caller]
fn up_to_date(document: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (stands, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{generated}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        stands, generated,
        "{document} is out of date: UPDATE_DOCS=1 cargo test -p octopool-worker documents"
    );
}

#[test]
fn the_list_of_errors_is_the_code() {
    let mut table = String::from("| `error.code` | Status | Message |\n| --- | --- | --- |\n");
    for code in ErrorCode::ALL {
        let (name, status, message) = (code.as_str(), code.status().as_u16(), code.message());
        writeln!(table, "| `{name}` | {status} | {message} |").unwrap();
    }
    up_to_date("docs/API.md", &table);
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
    up_to_date("docs/ROUTES.md", &table);
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
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/API.md")).unwrap();
    for route in ENDPOINTS {
        if paths::is_rest(route.path) && route.path != paths::GITHUB_REST {
            // They are the same as below `/api/v3`, and its section lists them.
            let section = text.split(&format!("### `GET {}`", paths::GITHUB_REST)).nth(1).unwrap();
            let section = section.split("\n###").next().unwrap();
            assert!(section.contains(&format!("`{}`", route.path)), "{} is not listed", route.path);
            continue;
        }
        let heading = format!("### `{} {}`", route.method, route.path);
        let section =
            text.split(&heading).nth(1).unwrap_or_else(|| panic!("docs/API.md has no section {heading}"));
        let first_line = section.trim_start().lines().next().unwrap();
        let auth = match route.auth {
            Auth::Open => "Open.",
            Auth::Admin => "Admin token.",
            Auth::Caller => "Caller token.",
        };
        assert!(first_line.starts_with(auth), "{heading}: {first_line}");
    }
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/ARCHITECTURE.md",
        "docs/API.md",
        "docs/ROUTES.md",
        "docs/PERFORMANCE.md",
        "docs/OPERATIONS.md",
        "CHANGELOG.md",
    ] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let folder = root.join(document).parent().unwrap().to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if !file.is_empty() && !file.contains("://") {
                assert!(folder.join(file).exists(), "{document} links to {target}");
            }
        }
    }
}

#[test]
fn the_files_that_the_architecture_names_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/ARCHITECTURE.md")).unwrap();
    for name in text.split('`').skip(1).step_by(2) {
        let is_path = ["src/", "crates/", "cli/", "tests/", "migrations/", "scripts/"]
            .iter()
            .any(|top| name.starts_with(top));
        if is_path && !name.contains(['*', '{', ' ']) {
            assert!(root.join(name).exists(), "docs/ARCHITECTURE.md names {name}");
        }
    }
}
