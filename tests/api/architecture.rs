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

/// What part of the Worker a file is, and the words that it may not contain.
fn forbidden(name: &str) -> &'static [&'static str] {
    let is = |part: &str| name.ends_with(&format!("/{part}.rs")) || name.contains(&format!("/{part}/"));
    if ["lib.rs", "ports/mod.rs"].contains(&name)
        || name.starts_with("platform/")
        || name.starts_with("routes/")
        || name.starts_with("meta/")
    {
        &[]
    } else if name.starts_with("http/") || is("http") || is("string_rewrites") {
        &["Statement", "SELECT ", "INSERT ", "crate::platform", "worker::Env", "Github::new"]
    } else if name.starts_with("sql/") || is("sql") {
        &["crate::github", "crate::http", "crate::config", "ErrorCode", "axum"]
    } else {
        OF_ANSWERS
    }
}

#[test]
fn every_layer_names_only_what_is_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&src) {
        let name = file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        for word in forbidden(&name) {
            assert!(!text.contains(word), "src/{name} names `{word}`");
        }
    }
}

#[test]
fn sql_is_in_the_files_of_sql_only_and_the_runtime_in_the_platform_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&src) {
        let name = file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        let is_sql = name.starts_with("sql/") || name.ends_with("/sql.rs") || name.contains("/sql/");
        if !is_sql {
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
