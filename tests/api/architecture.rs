//! The direction of `use`, which `docs/ARCHITECTURE.md` lists as an invariant: who may name whom.

use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// How things are answered, and what they run on.
const OF_ANSWERS: &[&str] = &["ApiError", "ErrorCode", "axum", "crate::http", "crate::platform"];

/// The files under `src/` whose path begins so, and the words that none of them may contain.
const RULES: &[(&str, &[&str])] = &[
    // HTTP never sees SQL or the runtime, and asks the use cases, not GitHub.
    ("http/", &["Statement", "SELECT ", "INSERT ", "crate::platform", "worker::Env", "Github::new"]),
    // The use cases speak of what happened, not of how it is answered.
    ("access/", OF_ANSWERS),
    ("provisioning/", OF_ANSWERS),
    ("audit/", OF_ANSWERS),
    ("audit.rs", OF_ANSWERS),
    ("doctor/", OF_ANSWERS),
    ("governance/", OF_ANSWERS),
    ("login.rs", OF_ANSWERS),
    ("idempotency.rs", OF_ANSWERS),
    ("health.rs", OF_ANSWERS),
    ("stats.rs", OF_ANSWERS),
    ("maintenance.rs", OF_ANSWERS),
    ("relay/", OF_ANSWERS),
    // What is pure over a snapshot knows no database either.
    ("coordinator/", &["ApiError", "ErrorCode", "axum", "crate::http", "crate::platform", "crate::store"]),
    // The store has all the SQL and nothing else.
    ("store/", &["crate::github", "crate::http", "crate::config", "crate::access", "ErrorCode", "axum"]),
    (
        "github/",
        &["crate::store", "crate::http", "crate::config", "crate::access", "ErrorCode", "axum", "SELECT "],
    ),
];

#[test]
fn every_layer_names_only_what_is_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&src) {
        let name = file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        for (layer, forbidden) in RULES.iter().filter(|(layer, _)| name.starts_with(layer)) {
            for word in *forbidden {
                assert!(!text.contains(word), "src/{name} names `{word}`, which {layer} may not");
            }
        }
    }
}

#[test]
fn sql_is_in_the_store_only_and_the_runtime_in_the_platform_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&src) {
        let name = file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        if !name.starts_with("store/") {
            for word in ["SELECT ", "INSERT INTO", "UPDATE callers", "DELETE FROM"] {
                assert!(!text.contains(word), "src/{name} has SQL");
            }
        }
        if !name.starts_with("platform/") {
            for word in ["worker::", "web_sys", "js_sys", "wasm_bindgen"] {
                assert!(!text.contains(word), "src/{name} names `{word}`");
            }
        }
    }
}

#[test]
fn the_core_depends_on_nothing_that_does_io() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/core/Cargo.toml");
    let text = fs::read_to_string(manifest).unwrap();
    let dependencies = text.split("[dependencies]").nth(1).unwrap().split('[').next().unwrap();
    for name in ["tokio", "axum", "http", "worker", "futures", "getrandom", "rusqlite", "reqwest"] {
        assert!(!dependencies.contains(name), "octopool-core depends on {name}");
    }
}
