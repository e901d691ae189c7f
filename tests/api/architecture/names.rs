//! What a path as written refers to: through `use` items, their renames and globs, and re-exports.

use super::source::{Crate, Module, ModulePath, Place, Written};

/// A path from its beginning: `crate` or another crate's name, then the rest.
pub(super) type Absolute = Vec<String>;

/// How many imports and re-exports are followed at most; a circle of them ends there.
const DEPTH: usize = 16;

impl Crate {
    /// What a path in a module refers to. Each answer is the path as the module means it, and what
    /// that is a re-export of, in order.
    pub(super) fn resolve(&self, from: &ModulePath, written: &Written) -> Vec<Vec<Absolute>> {
        let absolute = self.absolute(from, &written.segments, None, DEPTH);
        // A variable can have the name of a module or a crate.
        let is_variable = |path: &Absolute| {
            written.place == Place::Code
                && written.segments.len() == 1
                && (path[0] != "crate" || self.modules.contains_key(&path[1..]))
        };
        absolute
            .into_iter()
            .filter(|path| !is_variable(path))
            .map(|path| {
                let mut stages = vec![path];
                self.follow(&mut stages, DEPTH);
                stages
            })
            .collect()
    }

    /// The path from its beginning. `but` is an import that is being looked up itself: `use
    /// worker;` binds `worker` to the crate of this name.
    fn absolute(
        &self,
        from: &ModulePath,
        written: &[String],
        but: Option<&str>,
        depth: usize,
    ) -> Vec<Absolute> {
        let Some((first, rest)) = written.split_first() else { return Vec::new() };
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        match first.as_str() {
            "" => return vec![rest.to_vec()],
            "crate" => return vec![of_root(&[], rest)],
            "Self" => return Vec::new(),
            "self" => return absolute_below(from, rest),
            "super" => {
                let Some((_, parent)) = from.split_last() else { return Vec::new() };
                return absolute_below(parent, rest);
            }
            _ => {}
        }
        let Some(module) = self.modules.get(from) else { return Vec::new() };
        if but != Some(first)
            && let Some(targets) = module.bindings.get(first)
        {
            let targets = targets.iter().flat_map(|target| self.absolute(from, target, Some(first), depth));
            return targets.map(|target| [target, rest.to_vec()].concat()).collect();
        }
        if self.is_module(from, first) || module.items.contains(first) {
            return vec![of_root(from, written)];
        }
        let by_glob = self.by_glob(from, module, first, depth);
        if !by_glob.is_empty() {
            return by_glob.into_iter().map(|path| [path, rest.to_vec()].concat()).collect();
        }
        // Another crate, or a word of the prelude; the latter is no crate's name and matches no
        // rule.
        vec![written.to_vec()]
    }

    /// What a module's globs give for a name.
    fn by_glob(&self, from: &ModulePath, module: &Module, name: &str, depth: usize) -> Vec<Absolute> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        let targets = module.globs.iter().flat_map(|glob| self.absolute(from, glob, None, depth));
        let targets = targets.filter(|target| target.first().is_some_and(|first| first == "crate"));
        let provides = targets.filter(|target| {
            let path = target[1..].to_vec();
            self.is_module(&path, name)
                || self.modules.get(&path).is_some_and(|module| {
                    module.items.contains(name)
                        || module.bindings.contains_key(name)
                        || !self.by_glob(&path, module, name, depth).is_empty()
                })
        });
        provides.map(|target| [target, vec![name.to_owned()]].concat()).collect()
    }

    /// Adds what the last of the paths is a re-export of.
    fn follow(&self, stages: &mut Vec<Absolute>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let Some(path) = stages.last().filter(|path| path[0] == "crate").cloned() else { return };
        let mut module = Vec::new();
        for (index, segment) in path.iter().enumerate().skip(1) {
            if self.is_module(&module, segment) {
                module.push(segment.clone());
                continue;
            }
            let Some(found) = self.modules.get(&module) else { return };
            let targets = match found.bindings.get(segment) {
                Some(targets) => targets
                    .iter()
                    .flat_map(|target| self.absolute(&module, target, Some(segment), depth))
                    .collect(),
                None if found.items.contains(segment) => return,
                None => self.by_glob(&module, found, segment, depth),
            };
            for target in targets {
                let target = [target, path[index + 1..].to_vec()].concat();
                if !stages.contains(&target) {
                    stages.push(target);
                    self.follow(stages, depth);
                }
            }
            return;
        }
    }

    /// Whether a module has this child.
    pub(super) fn is_module(&self, parent: &[String], name: &str) -> bool {
        let child = [parent, &[name.to_owned()]].concat();
        self.modules.contains_key(&child)
    }
}

/// `self::…` and `super::…`, of which more `super` may follow.
fn absolute_below(module: &[String], rest: &[String]) -> Vec<Absolute> {
    match rest.split_first() {
        Some((next, rest)) if next == "super" => {
            module.split_last().map_or_else(Vec::new, |(_, parent)| absolute_below(parent, rest))
        }
        _ => vec![of_root(module, rest)],
    }
}

fn of_root(module: &[String], rest: &[String]) -> Absolute {
    let mut path = vec!["crate".to_owned()];
    path.extend_from_slice(module);
    path.extend_from_slice(rest);
    path
}
