//! Who may name whom, which `docs/ARCHITECTURE.md` lists as an invariant. The sources are parsed,
//! so it does not matter how a name is written; `samples` has a tree for each rule that breaks it.

mod manifest;
mod names;
mod rules;
mod samples;
mod source;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use manifest::Dependencies;
use rules::{Layer, Part, Peers, Rule, Rules, Target, all_circles};
use source::Crate;

/// The crates that are workerd's: <https://docs.rs/worker> and what it is made of.
const RUNTIME: Rule = Rule {
    part: Part::AllBut(&["platform"]),
    except: &[],
    never: &[
        Target::Foreign("worker"),
        Target::Foreign("web_sys"),
        Target::Foreign("js_sys"),
        Target::Foreign("wasm_bindgen"),
        Target::Foreign("wasm_bindgen_futures"),
        Target::Foreign("console_error_panic_hook"),
    ],
};

/// The Worker's tree: who stands above whom, and what a part of it never names.
const WORKER: Rules = Rules {
    layers: &[
        Layer { folders: &["platform"], peers: Peers::NoCircle },
        // The table of all routes and the router are made of every noun's endpoints.
        Layer { folders: &["lib", "for_tests", "routes"], peers: Peers::NoCircle },
        Layer { folders: &["meta"], peers: Peers::NoCircle },
        Layer { folders: NOUNS, peers: Peers::NoCircle },
        Layer { folders: &["change"], peers: Peers::NoCircle },
        Layer { folders: &["access"], peers: Peers::NoCircle },
        Layer { folders: &["http"], peers: Peers::NoCircle },
        Layer { folders: &["app"], peers: Peers::NoCircle },
        Layer { folders: &["sql", "github", "coordinator"], peers: Peers::Apart },
        Layer { folders: &["config", "isolate"], peers: Peers::NoCircle },
        Layer { folders: &["ports"], peers: Peers::NoCircle },
        Layer { folders: &["address", "json"], peers: Peers::NoCircle },
    ],
    nouns: NOUNS,
    never: &[
        RUNTIME,
        Rule { part: Part::Folders(&["http"]), except: &[], never: &[Target::Own("sql")] },
        Rule { part: Part::NounHttp, except: &[], never: &[Target::Own("sql"), Target::OwnSql] },
        Rule {
            part: Part::NounSql,
            except: &[],
            never: &[
                Target::OtherNoun,
                Target::OwnHttp,
                Target::Own("access"),
                Target::Own("http"),
                Target::Own("github"),
                Target::Own("config"),
                Target::Foreign("axum"),
                Target::Foreign("octopool_api_types"),
            ],
        },
        Rule {
            part: Part::UseCases,
            except: &[],
            never: &[
                Target::OwnHttp,
                Target::Own("http"),
                Target::Foreign("axum"),
                Target::Foreign("octopool_api_types"),
            ],
        },
        Rule {
            part: Part::UseCases,
            // What GitHub's status means is their business; their own is not.
            except: &["identities", "relay"],
            never: &[Target::Foreign("http::StatusCode")],
        },
        Rule { part: Part::Noun, except: &[], never: &[Target::InsideOtherNoun] },
    ],
    sql: &[Part::Sql],
};

const NOUNS: &[&str] = &[
    "admin_tokens",
    "audit",
    "callers",
    "doctor",
    "health",
    "idempotency",
    "identities",
    "login",
    "maintenance",
    "pools",
    "relay",
    "state",
    "stats",
];

/// The rules as values and functions: no I/O, no clock, nothing to wait for.
const CORE: Rules = Rules {
    layers: &[],
    nouns: &[],
    never: &[Rule {
        part: Part::AllBut(&[]),
        except: &[],
        never: &[
            Target::Foreign("std::env"),
            Target::Foreign("std::fs"),
            Target::Foreign("std::io"),
            Target::Foreign("std::net"),
            Target::Foreign("std::os"),
            Target::Foreign("std::process"),
            Target::Foreign("std::thread"),
            Target::Foreign("std::time::Instant"),
            Target::Foreign("std::time::SystemTime"),
            Target::Foreign("std::future"),
        ],
    }],
    sql: &[],
};

/// What the core may depend on: none of these does I/O or asks for the time. A new one belongs here
/// only if that holds of it, too.
const PURE: &[&str] = &[
    "apollo_parser",
    "base64",
    "hmac",
    "schemars",
    "secrecy",
    "serde",
    "serde_json",
    "sha2",
    "subtle",
    "thiserror",
    "time",
];

/// Every crate of the workspace.
const CRATES: &[&str] = &[
    ".",
    "cli",
    "crates/api-types",
    "crates/core",
    "crates/github-standin",
    "crates/graphql-documents",
    "crates/openapi",
    "crates/testkit",
];

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::panic, reason = "what cannot be read cannot be held to a rule")]
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Rust files below a folder, by their paths in it.
fn sources(folder: &Path) -> BTreeMap<String, String> {
    let (mut files, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for path in fs::read_dir(&next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                files.insert(name, read(&path));
            }
        }
    }
    files
}

/// A crate of the workspace: its library and its program, if it has both.
fn parse(folder: &str) -> Vec<Crate> {
    let files = sources(&workspace().join(folder).join("src"));
    let roots = ["lib.rs", "main.rs"].into_iter().filter(|root| files.contains_key(*root));
    let parsed: Vec<_> = roots.map(|root| Crate::parse(&files, root)).collect();
    let reached: BTreeSet<_> = parsed.iter().flat_map(|parsed| &parsed.files).collect();
    assert!(files.keys().eq(reached), "{folder}/src has files that are not part of the crate");
    parsed
}

fn dependencies(folder: &str) -> Dependencies {
    let manifest = |folder: &str| read(&workspace().join(folder).join("Cargo.toml"));
    Dependencies::parse(&manifest(folder), &manifest("."))
}

#[track_caller]
fn holds(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn every_folder_of_the_worker_names_only_what_it_may() {
    let parsed = parse(".").remove(0);
    holds(&WORKER.wrong_folders(&parsed));
    let broken = WORKER.broken_by(&parsed, &dependencies("."));
    holds(&broken.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[test]
fn no_module_is_in_a_circle() {
    for folder in CRATES {
        for parsed in parse(folder) {
            holds(&all_circles(&parsed));
        }
    }
}

#[test]
fn every_crate_of_the_workspace_is_looked_at() {
    let manifest: toml::Table = toml::from_str(&read(&workspace().join("Cargo.toml"))).unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    let members: BTreeSet<_> = members.iter().map(|member| member.as_str().unwrap()).collect();
    assert_eq!(members, CRATES.iter().copied().collect::<BTreeSet<_>>());
}

#[test]
fn the_core_does_no_io() {
    let dependencies = dependencies("crates/core");
    for parsed in parse("crates/core") {
        let broken = CORE.broken_by(&parsed, &dependencies);
        holds(&broken.iter().map(ToString::to_string).collect::<Vec<_>>());
        for module in parsed.modules.values() {
            assert!(module.async_lines.is_empty(), "{}:{:?} is async", module.file, module.async_lines);
        }
    }
    for package in dependencies.packages() {
        assert!(PURE.contains(&package), "octopool-core depends on {package}: does it do I/O?");
    }
}

#[test]
fn each_folder_has_one_rank_and_each_noun_one() {
    let folders: Vec<_> = WORKER.layers.iter().flat_map(|layer| layer.folders).collect();
    let once: BTreeSet<_> = folders.iter().collect();
    assert_eq!(once.len(), folders.len(), "{folders:?}");
    assert!(WORKER.nouns.iter().all(|noun| folders.contains(&noun)), "a noun is in no layer");
}
