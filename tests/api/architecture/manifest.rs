//! What a crate depends on, by its `Cargo.toml` as Cargo reads it: whichever table a dependency is
//! in, whatever it is called there, with or without features.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::names::Absolute;

/// The dependencies of a crate's own code, without those of its tests.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// The name in code → the package, with `_` for `-`.
    packages: BTreeMap<String, String>,
}

impl Dependencies {
    /// Reads them. `workspace` is the manifest of the workspace, whose entries `workspace = true`
    /// means.
    pub(super) fn parse(manifest: &str, workspace: &str) -> Self {
        let (manifest, workspace): (Table, Table) =
            (toml::from_str(manifest).unwrap(), toml::from_str(workspace).unwrap());
        let shared = workspace.get("workspace").and_then(|table| table.get("dependencies"));
        let targets = manifest.get("target").and_then(Value::as_table);
        let targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
        let mut packages = BTreeMap::new();
        for table in targets.chain([&manifest]) {
            for kind in ["dependencies", "build-dependencies"] {
                for (key, value) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
                    let is_shared = value.get("workspace").and_then(Value::as_bool) == Some(true);
                    let of_workspace = shared.filter(|_| is_shared).and_then(|shared| shared.get(key));
                    let renamed = of_workspace.unwrap_or(value).get("package").and_then(Value::as_str);
                    packages.insert(key.replace('-', "_"), renamed.unwrap_or(key).replace('-', "_"));
                }
            }
        }
        Self { packages }
    }

    /// The packages.
    pub(super) fn packages(&self) -> impl Iterator<Item = &str> {
        self.packages.values().map(String::as_str)
    }

    /// A path with its crate's package in place of the name that the crate has in code.
    pub(super) fn by_package(&self, path: &Absolute) -> Absolute {
        let mut path = path.clone();
        if let Some(package) = self.packages.get(&path[0]) {
            path[0].clone_from(package);
        }
        path
    }
}
