//! Small trees that break a rule each, and must be caught; and what only looks as if it did.

use std::collections::BTreeMap;

use super::manifest::Dependencies;
use super::rules::{Layer, Part, Peers, Rule, Rules, Target, all_circles};
use super::source::Crate;

const RULES: Rules = Rules {
    layers: &[
        Layer { folders: &["platform", "lib"], peers: Peers::NoCircle },
        Layer { folders: &["pools", "callers"], peers: Peers::NoCircle },
        Layer { folders: &["http"], peers: Peers::NoCircle },
        Layer { folders: &["sql", "github"], peers: Peers::Apart },
        Layer { folders: &["ports"], peers: Peers::NoCircle },
    ],
    nouns: &["pools", "callers"],
    never: &[
        Rule { part: Part::AllBut(&["platform"]), except: &[], never: &[Target::Foreign("worker")] },
        Rule { part: Part::UseCases, except: &["callers"], never: &[Target::Foreign("http::StatusCode")] },
        Rule {
            part: Part::UseCases,
            except: &[],
            never: &[Target::Own("http"), Target::OwnHttp, Target::Foreign("octopool_api_types")],
        },
        Rule { part: Part::NounHttp, except: &[], never: &[Target::Own("sql"), Target::OwnSql] },
        Rule { part: Part::NounSql, except: &[], never: &[Target::OtherNoun, Target::Own("http")] },
        Rule { part: Part::Noun, except: &[], never: &[Target::InsideOtherNoun] },
    ],
    sql: &[Part::Sql],
};

const MANIFEST: &str = r#"
    [dependencies]
    http = "1"
    octopool-api-types.workspace = true
    [target.'cfg(target_arch = "wasm32")'.dependencies]
    runtime.workspace = true
"#;
const WORKSPACE: &str = r#"
    [workspace.dependencies]
    octopool-api-types = { path = "crates/api-types" }
    runtime = { version = "0.8", package = "worker" }
"#;

/// A tree in which nothing is wrong but for the given files.
fn tree(files: &[(&str, &str)]) -> Crate {
    let plain = [
        ("lib.rs", "mod callers; mod github; mod http; mod platform; mod pools; mod ports; mod sql;"),
        ("platform.rs", "use runtime::Env; use crate::pools::http::read;"),
        (
            "pools/mod.rs",
            "mod http; mod sql; pub use sql::Row; pub fn find() -> crate::sql::Statement { sql::select() }",
        ),
        ("pools/http.rs", "use crate::http::Route; use super::find; pub fn read() { find() }"),
        (
            "pools/sql.rs",
            r#"use crate::sql::Statement; pub fn select() { "SELECT id FROM pools" } pub struct Row;"#,
        ),
        ("callers/mod.rs", "mod http; use crate::pools::{Row, find}; use ::http::StatusCode;"),
        ("callers/http.rs", ""),
        ("http.rs", "use crate::ports::Clock; pub struct Route;"),
        ("sql/mod.rs", "pub struct Statement;"),
        ("github.rs", ""),
        ("ports.rs", "pub trait Clock {}"),
    ];
    let mut all: BTreeMap<_, _> = plain.into_iter().collect();
    all.extend(files.iter().copied());
    let all = all.into_iter().map(|(file, text)| (file.to_owned(), text.to_owned())).collect();
    Crate::parse(&all, "lib.rs")
}

fn broken(files: &[(&str, &str)]) -> Vec<String> {
    let parsed = tree(files);
    let broken = RULES.broken_by(&parsed, &Dependencies::parse(MANIFEST, WORKSPACE));
    broken.iter().map(ToString::to_string).chain(RULES.wrong_folders(&parsed)).collect()
}

/// Holds that one line is wrong: the file and what is said of it.
#[track_caller]
fn caught(files: &[(&str, &str)], expected: &str) {
    let broken = broken(files);
    assert!(broken.len() == 1 && broken[0].contains(expected), "{expected}: {broken:#?}");
}

#[test]
fn a_tree_that_keeps_the_rules() {
    assert_eq!(broken(&[]), [""; 0]);
}

/// Each way to name `crate::pools` from `ports`, where it is above.
#[test]
fn an_arrow_upward_is_caught_however_it_is_written() {
    for text in [
        "use crate::pools;",
        "use crate::pools::Row;",
        "use crate::{pools::Row as Line};",
        "use super::pools::{self as other};",
        "use crate::pools::*;",
        "fn f() -> crate::pools::Row { todo!() }",
        "fn f(row: &dyn Fn(super::pools::Row)) {}",
        "fn f() { crate::pools::find(); }",
        "fn f() { use crate::pools::find; }",
        "fn f() { if let crate::pools::Kind::Pat = kind() {} }",
        "fn f() { assert_eq!(crate::pools::find(), 1); }",
        "macro_rules! find { () => { $crate::pools::find() } }",
        "macro_rules! find { () => { use $crate::{pools::find}; } }",
        "#[derive(crate::pools::Derive)] struct Row;",
        r#"struct Row { #[serde(with = "crate::pools::time")] at: u64 }"#,
        "mod inner { use super::super::pools::Row; }",
        "mod inner { fn f() { crate::pools::find() } }",
        "impl crate::pools::Find for u8 {}",
        "#[cfg(any(test, target_arch = \"wasm32\"))] use crate::pools::Row;",
        "#[cfg(not(test))] use crate::pools::Row;",
    ] {
        caught(&[("ports.rs", &format!("pub trait Clock {{}}\n{text}"))], "pools is above ports");
    }
}

#[test]
fn an_arrow_upward_is_caught_behind_an_import_or_a_re_export() {
    let ports = "pub trait Clock {} use crate::sql as lower;";
    caught(&[("ports.rs", ports)], "sql is above ports");
    // By way of the root, whose name is above as well.
    let (root, text) = (
        "mod callers; mod github; mod http; mod platform; mod pools; mod ports; mod sql; pub use pools::Row;",
        "pub trait Clock {} fn f(_: crate::Row) {}",
    );
    caught(&[("lib.rs", root), ("ports.rs", text)], "lib is above ports");
    // By way of a folder that may be named.
    let files = [
        ("http.rs", "pub struct Route; pub use crate::pools::Row;"),
        ("pools/http.rs", "use crate::http::Row;"),
    ];
    caught(&files, "http.rs:1 names crate::pools::Row: pools is above http");
}

#[test]
fn what_is_declared_by_a_path_or_inline_is_read_too() {
    let root = "mod callers; mod github; mod http; mod platform; mod pools; mod sql; #[path = \"odd/name.rs\"] mod ports;";
    let odd = [("lib.rs", root), ("odd/name.rs", "mod deep;"), ("odd/deep.rs", "use crate::pools::Row;")];
    caught(
        &[odd[0], odd[1], odd[2], ("http.rs", "pub struct Route;")],
        "odd/deep.rs:1 names crate::pools::Row",
    );
    let inline = "pub trait Clock {} mod a { mod b; }";
    caught(&[("ports.rs", inline), ("ports/a/b.rs", "\n\nuse crate::http::Route;")], "ports/a/b.rs:3");
}

#[test]
fn peers_that_know_nothing_of_each_other() {
    caught(&[("github.rs", "use crate::sql::Statement;")], "sql and github know nothing of each other");
}

#[test]
fn a_circle_of_nouns() {
    let circle = broken(&[(
        "pools/mod.rs",
        "mod http; mod sql; pub use sql::Row; pub fn find() { crate::callers::f() }",
    )]);
    assert!(circle.len() == 2 && circle.iter().all(|line| line.contains("is in a circle")), "{circle:#?}");
}

#[test]
fn a_circle_within_a_folder_and_a_longer_one() {
    let files = [
        (
            "pools/mod.rs",
            "mod http; mod sql; mod a; mod b; mod c; pub use {a::A, sql::Row}; pub fn find() {}",
        ),
        ("pools/a.rs", "use super::b::B; pub struct A;"),
        ("pools/b.rs", "use super::c::C; pub struct B;"),
        // By way of what the folder exports.
        ("pools/c.rs", "use super::A; pub struct C;"),
    ];
    let lines = all_circles(&tree(&files));
    let begins: Vec<_> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(begins, ["pools/a.rs:1", "pools/b.rs:1", "pools/c.rs:1"], "{lines:#?}");
    assert!(all_circles(&tree(&[])).is_empty());
}

#[test]
fn a_folder_without_a_rank() {
    let root = "mod callers; mod github; mod http; mod platform; mod pools; mod ports; mod sql; mod new;";
    caught(&[("lib.rs", root), ("new.rs", "")], "new is in no layer");
}

#[test]
fn the_runtime_is_the_platforms_under_whichever_name() {
    for text in
        ["use runtime::Env;", "use ::runtime as r; fn f(_: r::Env) {}", "fn f() { runtime::console_log!() }"]
    {
        let lines = broken(&[("github.rs", text)]);
        assert!(
            !lines.is_empty()
                && lines.iter().all(|line| line.contains("worker is not for anything but platform")),
            "{lines:#?}"
        );
    }
    // A variable is no crate, and neither is a text.
    assert_eq!(
        broken(&[("github.rs", "fn f(worker: u8) { let runtime = worker; g(\"worker::Env\") }")]),
        [""; 0]
    );
}

#[test]
fn endpoints_name_no_sql_and_have_none() {
    caught(
        &[("pools/http.rs", "use crate::sql::Statement; pub fn read() {}")],
        "crate::sql is not for a noun's http",
    );
    caught(
        &[("pools/http.rs", "pub fn read() { super::sql::select() }")],
        "the noun's own sql is not for a noun's http",
    );
    for text in [
        r#"pub fn read() { "SELECT 1" }"#,
        r##"pub fn read() { r#"  UPDATE pools SET id = 1"# }"##,
        r#"pub fn read() { concat!("DELETE FROM ", "pools") }"#,
        "pub fn read() { \"\\n  INSERT INTO pools\" }",
    ] {
        caught(&[("pools/http.rs", text)], "pools/http.rs:1 has SQL");
    }
    assert_eq!(broken(&[("pools/http.rs", "pub fn read() { \"Updates the pools\" }")]), [""; 0]);
}

#[test]
fn use_cases_name_no_wire_types_and_no_status() {
    let pools = |text: &str| format!("mod http; mod sql; pub use sql::Row; pub fn find() {{}} {text}");
    for (text, expected) in [
        ("use octopool_api_types::Pool;", "octopool_api_types is not for a noun's use cases"),
        ("fn f(_: octopool_api_types::Pool) {}", "octopool_api_types is not for a noun's use cases"),
        ("use ::http::StatusCode;", "http::StatusCode is not for a noun's use cases"),
        ("fn f() { ::http::StatusCode::OK }", "http::StatusCode is not for a noun's use cases"),
        ("use crate::http::Route;", "crate::http is not for a noun's use cases"),
        ("fn f() { self::http::read() }", "the noun's own http is not for a noun's use cases"),
    ] {
        caught(&[("pools/mod.rs", &pools(text))], expected);
    }
    // In a file of its own, and by way of another module's re-export.
    caught(
        &[("pools/mod.rs", &pools("mod verify;")), ("pools/verify.rs", "use octopool_api_types::Pool;")],
        "verify.rs:1",
    );
    let files = [
        ("ports.rs", "pub trait Clock {} pub use octopool_api_types::Pool;"),
        ("pools/mod.rs", &pools("use crate::ports::Pool;")),
    ];
    caught(&files, "pools/mod.rs:1 names crate::ports::Pool");
}

#[test]
fn statements_name_no_other_noun_and_no_http() {
    let sql = "pub struct Row; pub fn select() {} ";
    caught(
        &[("pools/sql.rs", &format!("{sql} use crate::http::Route;"))],
        "crate::http is not for a noun's sql",
    );
    let callers = [("callers/mod.rs", "mod http; mod sql;"), ("callers/sql.rs", "use crate::pools::Row;")];
    caught(&callers, "another noun is not for a noun's sql");
}

#[test]
fn of_another_noun_only_its_exports_are_named() {
    for text in
        ["use crate::pools::sql;", "use crate::pools::sql::Row;", "fn f() { crate::pools::sql::select() }"]
    {
        caught(
            &[("callers/mod.rs", &format!("mod http; {text}"))],
            "what a noun does not export is not for another noun",
        );
    }
}

#[test]
fn endpoints_may_name_other_endpoints() {
    let files = [("callers/http.rs", "use crate::pools::http::read;")];
    assert_eq!(broken(&files), [""; 0]);
    let files = [("callers/mod.rs", "mod http; use crate::pools::http::read;")];
    caught(&files, "what a noun does not export is not for another noun");
}

#[test]
fn what_is_for_tests_only_is_left_out() {
    let text = "pub trait Clock {} #[cfg(test)] mod tests { use crate::pools::Row; } #[cfg(test)] use crate::pools; \
                #[cfg(test)] mod more; struct S; impl S { #[cfg(test)] fn f() { crate::pools::find() } }";
    assert_eq!(broken(&[("ports.rs", text), ("ports/more.rs", "use crate::pools::Row;")]), [""; 0]);
}

#[test]
fn what_has_the_name_of_a_folder_is_not_always_one() {
    let text = "pub trait Clock {} fn f(pools: u8) -> u8 { let http = pools; http } struct S { pools: u8 } \
                mod own { pub mod pools { pub struct Row; } } use own::pools::Row; fn g(_: Self::pools) {}";
    assert_eq!(broken(&[("ports.rs", text)]), [""; 0]);
}

#[test]
fn dependencies_are_read_as_cargo_reads_them() {
    let manifest = r#"
        [features]
        default = ["dep:tokio"]
        [dependencies]
        a = { version = "1", package = "http" }
        tokio = { version = "1", optional = true, default-features = false, features = ["rt"] }
        [dependencies.serde-json]
        workspace = true
        [build-dependencies]
        c = "1"
        [target.'cfg(unix)'.dependencies]
        d = { package = "rusqlite", version = "1" }
        [dev-dependencies]
        proptest = "1"
    "#;
    let workspace = "[workspace.dependencies]\nserde-json = { version = \"1\", package = \"reqwest\" }\n";
    let dependencies = Dependencies::parse(manifest, workspace);
    let mut packages: Vec<_> = dependencies.packages().collect();
    packages.sort_unstable();
    assert_eq!(packages, ["c", "http", "reqwest", "rusqlite", "tokio"]);
    let path = ["a", "StatusCode"].map(str::to_owned).to_vec();
    assert_eq!(dependencies.by_package(&path), ["http", "StatusCode"]);
}

#[test]
fn async_is_found_wherever_it_is() {
    for text in [
        "async fn f() {}",
        "trait T { async fn f(); }",
        "fn f() { async {} }",
        "fn f() { async || () }",
        "mod a { async fn f() {} }",
    ] {
        let parsed = tree(&[("ports.rs", &format!("pub trait Clock {{}} {text}"))]);
        let lines = parsed.modules.values().map(|module| module.async_lines.len()).sum::<usize>();
        assert_eq!(lines, 1, "{text}");
    }
}
