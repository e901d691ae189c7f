//! Which folder may name which, and what a part of the tree may never name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::manifest::Dependencies;
use super::names::Absolute;
use super::source::{Crate, Module, ModulePath};

/// Folders of equal rank. The layers of a table stand in order, highest first: a folder may name
/// what is lower.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    pub(super) folders: &'static [&'static str],
    pub(super) peers: Peers,
}

/// What the folders of a layer may name of each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Peers {
    /// Nothing.
    Apart,
    /// Anything, but not in a circle.
    NoCircle,
}

/// A part of the tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// These folders, which can also be single files.
    Folders(&'static [&'static str]),
    /// Everything but these.
    AllBut(&'static [&'static str]),
    /// `http` of a noun: its endpoints.
    NounHttp,
    /// `sql` of a noun: its statements.
    NounSql,
    /// The rest of a noun: its use cases.
    UseCases,
    /// A noun, all of it.
    Noun,
    /// `sql` of any folder, and the folder `sql`.
    Sql,
}

/// What is named.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Target {
    /// A module of this crate or an item of it, as `http::extract`.
    Own(&'static str),
    /// Another crate by the name of its package, or a part of it, as `http::StatusCode`. `std` is
    /// one.
    Foreign(&'static str),
    /// `sql` of the same noun.
    OwnSql,
    /// `http` of the same noun.
    OwnHttp,
    /// Another noun.
    OtherNoun,
    /// A module within another noun: only what its `mod.rs` exports is for others. Endpoints may
    /// also read and show what other endpoints read and show.
    InsideOtherNoun,
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folders(folders) => out.write_str(&folders.join(", ")),
            Self::AllBut([]) => out.write_str("this crate"),
            Self::AllBut(folders) => write!(out, "anything but {}", folders.join(", ")),
            Self::NounHttp => out.write_str("a noun's http"),
            Self::NounSql => out.write_str("a noun's sql"),
            Self::UseCases => out.write_str("a noun's use cases"),
            Self::Noun => out.write_str("another noun"),
            Self::Sql => out.write_str("sql"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(path) => write!(out, "crate::{path}"),
            Self::Foreign(path) => out.write_str(path),
            Self::OwnSql => out.write_str("the noun's own sql"),
            Self::OwnHttp => out.write_str("the noun's own http"),
            Self::OtherNoun => out.write_str("another noun"),
            Self::InsideOtherNoun => out.write_str("what a noun does not export"),
        }
    }
}

/// What a part of the tree never names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) part: Part,
    /// Folders of that part that may.
    pub(super) except: &'static [&'static str],
    pub(super) never: &'static [Target],
}

/// What holds of one crate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) layers: &'static [Layer],
    /// Those of the folders that have `http`, `sql` and use cases.
    pub(super) nouns: &'static [&'static str],
    pub(super) never: &'static [Rule],
    /// Where texts with SQL are.
    pub(super) sql: &'static [Part],
}

/// A rule that is broken.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Broken {
    pub(super) file: String,
    pub(super) line: usize,
    /// The path that is named, from its beginning; empty where nothing is.
    pub(super) named: String,
    pub(super) why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, named, why } = self;
        match named.as_str() {
            "" => write!(out, "{file}:{line} {why}"),
            named => write!(out, "{file}:{line} names {named}: {why}"),
        }
    }
}

/// The first words of a statement of SQL.
const SQL: [&str; 5] = ["SELECT ", "INSERT INTO ", "INSERT OR ", "DELETE FROM ", "WITH RECURSIVE "];

impl Rules {
    /// Everything that breaks a rule, in order.
    pub(super) fn broken_by(&self, parsed: &Crate, dependencies: &Dependencies) -> BTreeSet<Broken> {
        let mut broken = BTreeSet::new();
        for (path, module) in &parsed.modules {
            for written in &module.written {
                for stages in parsed.resolve(path, written) {
                    let never = self.never(path, &stages, parsed, dependencies);
                    let upward = self.upward(path, &stages, parsed);
                    broken.extend(never.into_iter().chain(upward).map(|why| Broken {
                        file: module.file.clone(),
                        line: written.line,
                        named: stages[0].join("::"),
                        why,
                    }));
                }
            }
            broken.extend(self.sql_elsewhere(path, module));
        }
        broken
    }

    /// What is wrong with the folders themselves: one without a rank, or a circle within a layer. A
    /// circle through several layers has an arrow upward.
    pub(super) fn wrong_folders(&self, parsed: &Crate) -> Vec<String> {
        let mut wrong = self.without_rank(parsed);
        let peers = |from: &str, to: &str| self.rank(from) == self.rank(to);
        wrong.extend(circles_of(&parsed.arrows(), parsed, &[], peers));
        wrong
    }

    fn never(
        &self,
        path: &ModulePath,
        stages: &[Absolute],
        parsed: &Crate,
        dependencies: &Dependencies,
    ) -> Option<String> {
        let rules = self
            .never
            .iter()
            .filter(|rule| self.is_in(path, rule.part) && !rule.except.contains(&folder(path)));
        let mut targets = rules.flat_map(|rule| rule.never.iter().map(move |target| (rule.part, target)));
        let (part, target) = targets.find(|(_, target)| match target {
            // A type of another crate is the same under whichever name; what a module of ours
            // exports is its own.
            Target::Foreign(prefix) => {
                stages.iter().any(|stage| begins_with(&dependencies.by_package(stage), prefix))
            }
            _ => self.is_target(path, &stages[0], **target, parsed),
        })?;
        Some(format!("{target} is not for {part}"))
    }

    fn is_target(&self, path: &ModulePath, named: &Absolute, target: Target, parsed: &Crate) -> bool {
        let (own, named) = (folder(path), if named[0] == "crate" { &named[1..] } else { return false });
        let Some(first) = named.first() else { return false };
        let is_other_noun = first != own && self.nouns.contains(&first.as_str());
        let second = named.get(1).map(String::as_str);
        match target {
            Target::Own(prefix) => begins_with(named, prefix),
            Target::Foreign(_) => false,
            Target::OwnSql => first == own && second == Some("sql"),
            Target::OwnHttp => first == own && second == Some("http"),
            Target::OtherNoun => is_other_noun,
            Target::InsideOtherNoun => {
                let both_http = second == Some("http") && self.is_in(path, Part::NounHttp);
                is_other_noun
                    && !both_http
                    && second.is_some_and(|second| parsed.is_module(&named[..1], second))
            }
        }
    }

    fn upward(&self, path: &ModulePath, stages: &[Absolute], parsed: &Crate) -> Option<String> {
        let from = folder(path);
        let own = self.rank(from)?;
        stages.iter().find_map(|stage| {
            let to = named_folder(stage, parsed)?;
            let other = self.rank(to)?;
            if from == to || other > own {
                return None;
            }
            if other < own {
                return Some(format!("{to} is above {from}"));
            }
            (self.layers[own].peers == Peers::Apart)
                .then(|| format!("{to} and {from} know nothing of each other"))
        })
    }

    /// Less is higher.
    fn rank(&self, folder: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.folders.contains(&folder))
    }

    fn without_rank(&self, parsed: &Crate) -> Vec<String> {
        let folders: BTreeSet<_> = parsed.modules.keys().map(|path| folder(path)).collect();
        let without = folders.into_iter().filter(|folder| self.rank(folder).is_none());
        without.map(|folder| format!("{folder} is in no layer")).collect()
    }

    fn sql_elsewhere(&self, path: &ModulePath, module: &Module) -> Vec<Broken> {
        if self.sql.iter().any(|part| self.is_in(path, *part)) {
            return Vec::new();
        }
        let texts = module.texts.iter().filter(|(text, _)| is_sql(text));
        let broken = texts.map(|(_, line)| Broken {
            file: module.file.clone(),
            line: *line,
            named: String::new(),
            why: "has SQL".to_owned(),
        });
        broken.collect()
    }

    fn is_in(&self, path: &ModulePath, part: Part) -> bool {
        let (folder, second) = (folder(path), path.get(1).map(String::as_str));
        let is_noun = self.nouns.contains(&folder);
        match part {
            Part::Folders(folders) => folders.contains(&folder),
            Part::AllBut(folders) => !folders.contains(&folder),
            Part::Noun => is_noun,
            Part::NounHttp => is_noun && second == Some("http"),
            Part::NounSql => is_noun && second == Some("sql"),
            Part::UseCases => is_noun && !matches!(second, Some("http" | "sql")),
            Part::Sql => folder == "sql" || second == Some("sql"),
        }
    }
}

/// The circles among the children of each module: who names whom, and where.
pub(super) fn all_circles(parsed: &Crate) -> Vec<String> {
    let parents: BTreeSet<_> = parsed.modules.keys().filter_map(|path| Some(path.split_last()?.1)).collect();
    let arrows = parsed.arrows();
    parents.into_iter().flat_map(|parent| circles_of(&arrows, parsed, parent, |_, _| true)).collect()
}

/// A module that names something of the crate: where, and what.
struct Arrow<'a> {
    from: &'a ModulePath,
    place: String,
    to: Absolute,
}

impl Crate {
    fn arrows(&self) -> Vec<Arrow<'_>> {
        let mut arrows = Vec::new();
        for (from, module) in &self.modules {
            for written in &module.written {
                for to in self.resolve(from, written).into_iter().flatten().filter(|path| path[0] == "crate")
                {
                    arrows.push(Arrow { from, place: format!("{}:{}", module.file, written.line), to });
                }
            }
        }
        arrows
    }
}

/// Those of the arrows that count.
fn circles_of(
    arrows: &[Arrow<'_>],
    parsed: &Crate,
    parent: &[String],
    counts: impl Fn(&str, &str) -> bool,
) -> Vec<String> {
    let mut siblings: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for arrow in arrows {
        let (Some(from), Some(to)) = (child(parent, arrow.from), child(parent, &arrow.to[1..])) else {
            continue;
        };
        if from != to && parsed.is_module(parent, to) && counts(from, to) {
            siblings.entry(from).or_default().entry(to).or_insert(&arrow.place);
        }
    }
    let mut lines = Vec::new();
    for (from, to) in &siblings {
        for (to, place) in to.iter().filter(|(to, _)| reachable(&siblings, to).contains(from)) {
            lines.push(format!("{place} is in a circle: {from} names {to}, and {to} leads back to {from}"));
        }
    }
    lines
}

fn reachable<'a>(siblings: &BTreeMap<&'a str, BTreeMap<&'a str, &str>>, from: &str) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(next) = open.pop() {
        for to in siblings.get(next).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(*to) {
                open.push(to);
            }
        }
    }
    found
}

fn child<'a>(parent: &[String], path: &'a [String]) -> Option<&'a str> {
    path.strip_prefix(parent)?.first().map(String::as_str)
}

/// The top-level module; `lib` for the root.
fn folder(path: &[String]) -> &str {
    path.first().map_or("lib", String::as_str)
}

fn named_folder<'a>(path: &'a Absolute, parsed: &Crate) -> Option<&'a str> {
    let folder = path.get(1).filter(|name| parsed.is_module(&[], name));
    (path[0] == "crate").then(|| folder.map_or("lib", String::as_str))
}

fn begins_with(path: &[String], prefix: &str) -> bool {
    let mut segments = path.iter();
    prefix.split("::").all(|expected| segments.next().is_some_and(|segment| segment == expected))
}

fn is_sql(text: &str) -> bool {
    let text = text.trim_start();
    let update = text.starts_with("UPDATE ") && text.contains(" SET ");
    update || SQL.iter().any(|words| text.starts_with(words))
}
