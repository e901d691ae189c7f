//! Walks an answer along the plan and writes what may be seen of it.
//!
//! Only what the plan accounts for is copied. An object is shown after its proof, so a proof that
//! is missing or not as it should be ends the walk: nothing of the answer is handed out.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::document::{self, NAME, PRIVATE, RATE, REPOSITORY, TYPE};
use super::introspection;
use super::personal;
use super::plan::{Field, Plan, Selection, Source, collect, sets};
use super::table::{Proof, QUERY, TypeId, TypeRow, Wrap, row};
use super::{Cost, Repository};
use crate::relay::json::{Node, Shape};

/// How many ids of nodes an answer tells.
const MOST_IDS: usize = 100;

/// Lists that are empty until the first check begins.
const CHECKS: [&str; 3] =
    ["CheckRunConnection", "CheckSuiteConnection", "StatusCheckRollupContextConnection"];

/// Why nothing of an answer may be handed out.
#[derive(Debug)]
pub(super) enum Stop {
    Private(Option<Repository>),
    Outside(Repository),
    /// One response key is used for two fields, and GitHub was not asked for one of them.
    Conflict,
    Invalid,
}

/// Whether an object is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Stays,
    Goes,
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) proven: Vec<Repository>,
    /// Those of them that were asked for by name or by id.
    pub(super) asked: Vec<Repository>,
    pub(super) ids: Vec<(String, Repository)>,
    /// Types of which an object is open, or does not say.
    pub(super) open: Vec<TypeId>,
    /// Types of which there is an object.
    pub(super) seen: Vec<TypeId>,
    /// Whether an object that was asked for by its id is of a type that is not served.
    pub(super) unserved: bool,
    /// Whether something is about to come: no checks yet.
    pub(super) provisional: bool,
    /// Whether GitHub has not decided something yet.
    pub(super) undecided: bool,
}

pub(super) struct Walk<'w> {
    plan: &'w Plan,
    allowed: &'w dyn Fn(&Repository) -> bool,
    pub(super) found: Found,
}

/// Where an object is.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Whether it must prove itself although it is `@inside`.
    proves: bool,
    /// Whether it was asked for by name or by id.
    asked: bool,
    /// The repository it is in, if that is known.
    within: Option<&'a Repository>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(plan: &'w Plan, allowed: &'w dyn Fn(&Repository) -> bool) -> Self {
        Self { plan, allowed, found: Found::default() }
    }

    /// Writes the data.
    pub(super) fn data(&mut self, data: &Node<'_>, out: &mut String) -> Result<(), Stop> {
        for (index, _) in self.plan.bound.iter().enumerate() {
            // It is null where the repository does not exist; then the search finds nothing.
            let bound = data.get(&document::bound_key(index)).ok_or(Stop::Invalid)?;
            if bound.raw() != "null" {
                let repository = self.prove(bound)?;
                self.allow(&repository)?;
            }
        }
        let place = Place { proves: true, asked: false, within: None };
        match self.object(data, QUERY, &[self.plan.set.as_slice()], place, out)? {
            Fate::Stays => Ok(()),
            Fate::Goes => Err(Stop::Invalid),
        }
    }

    fn allow(&self, repository: &Repository) -> Result<(), Stop> {
        if (self.allowed)(repository) { Ok(()) } else { Err(Stop::Outside(repository.clone())) }
    }

    /// The repository that an object proves public.
    fn prove(&mut self, object: &Node<'_>) -> Result<Repository, Stop> {
        let name = object.text_of(NAME).and_then(|name| Repository::parse(&name));
        if object.is(PRIVATE, "true") {
            return Err(Stop::Private(name));
        }
        // What says neither is an incident, and proves nothing against a repository.
        let repository = name.filter(|_| object.is(PRIVATE, "false")).ok_or(Stop::Invalid)?;
        if !self.found.proven.iter().any(|one| one.key() == repository.key()) {
            self.found.proven.push(repository.clone());
        }
        Ok(repository)
    }

    /// The type of an object; `None` for one that is not in the table.
    fn concrete(object: &Node<'_>, ty: TypeId) -> Option<TypeId> {
        let it = row(ty);
        if !it.is_abstract() {
            return Some(ty);
        }
        let name = object.text_of(TYPE)?;
        it.possible().iter().copied().find(|one| row(*one).name.text() == name)
    }

    fn object(
        &mut self,
        object: &Node<'_>,
        ty: TypeId,
        sets: &[&[Selection]],
        place: Place<'_>,
        out: &mut String,
    ) -> Result<Fate, Stop> {
        let Shape::Object(_) = object.shape else { return Err(Stop::Invalid) };
        let Some(concrete) = Self::concrete(object, ty) else {
            // It says that it is something else than what is served, or it does not say. Null in
            // its place would say that there is none, so that is not all that the client is told.
            self.found.unserved |= place.asked;
            return if object.has(TYPE) { Ok(Fate::Goes) } else { Err(Stop::Invalid) };
        };
        let it = row(concrete);
        let proven = match it.proof {
            Proof::Repository => Some(self.prove(object)?),
            Proof::Within(_) if place.proves => {
                Some(self.prove(object.get(REPOSITORY).ok_or(Stop::Invalid)?)?)
            }
            Proof::Within(_) | Proof::None => None,
        };
        if let (true, Some(repository)) = (place.asked, &proven) {
            self.allow(repository)?;
            if !self.found.asked.contains(repository) {
                self.found.asked.push(repository.clone());
            }
        }
        let mut stays = is_shown(object, it)?;
        let within = proven.as_ref().or(place.within);
        self.look(object, concrete, it);
        let groups = collect(sets, concrete).ok_or(Stop::Conflict)?;
        let start = out.len();
        out.push('{');
        let (mut gone, mut totals) = (0, Vec::new());
        for (index, (key, fields)) in groups.iter().enumerate() {
            let field = fields.first().ok_or(Stop::Invalid)?;
            let _ = write!(out, "{}\"{key}\":", if index > 0 { "," } else { "" });
            if field.name() == "totalCount" {
                totals.push(out.len());
            }
            let place = Place {
                proves: document::must_prove(field, concrete, place.proves),
                asked: field.source == Source::Asked,
                within,
            };
            match self.field(object, it, fields, place, out)? {
                Some(less) => gone = gone.max(less),
                None => stays = false,
            }
        }
        if !stays {
            // It was walked to its end: a private repository in what goes ends the walk, too.
            out.truncate(start);
            return Ok(Fate::Goes);
        }
        out.push('}');
        totals.iter().rev().try_for_each(|at| count_less(out, *at, gone)).ok_or(Stop::Invalid)?;
        Ok(Fate::Stays)
    }

    /// What an object tells about how long the answer counts, and its id.
    fn look(&mut self, object: &Node<'_>, concrete: TypeId, it: &TypeRow) {
        if it.fresh.is_some_and(|fresh| fresh.settled > 0) {
            let state = object.text_of(&document::state_key(it));
            let list = if matches!(state.as_deref(), Some("CLOSED" | "MERGED")) {
                &mut self.found.seen
            } else {
                &mut self.found.open
            };
            if !list.contains(&concrete) {
                list.push(concrete);
            }
        }
    }

    /// Remembers of what repository an id is.
    fn remember(&mut self, id: &Node<'_>, within: Option<&Repository>) {
        if let (Some(id), Some(repository)) = (id.text(), within)
            && self.found.ids.len() < MOST_IDS
            && !self.found.ids.iter().any(|(one, _)| *one == id)
        {
            self.found.ids.push((id.into_owned(), repository.clone()));
        }
    }

    /// Writes a field. How many items were taken out of it; `None` if the whole object goes.
    fn field(
        &mut self,
        object: &Node<'_>,
        of: &TypeRow,
        fields: &[&Field],
        place: Place<'_>,
        out: &mut String,
    ) -> Result<Option<u64>, Stop> {
        let field = fields.first().ok_or(Stop::Invalid)?;
        let Some(it) = field.row else {
            let _ = write!(out, "\"{}\"", of.name.text());
            return Ok(Some(0));
        };
        match field.source {
            Source::Github | Source::GithubAs(_) | Source::Asked | Source::Name => {}
            Source::Null => out.push_str("null"),
            Source::Empty => empty(&sets(fields), it.ty, out).ok_or(Stop::Conflict)?,
            Source::Schema => introspection::write(fields, out).ok_or(Stop::Conflict)?,
            Source::Rate | Source::Viewer => {
                personal::write_blanks(&sets(fields), it.ty, out).ok_or(Stop::Conflict)?;
            }
            Source::Personal(actor) => {
                let actor = object.get(&document::actor_key(actor)).ok_or(Stop::Invalid)?;
                let is_user = actor.text_of("__typename").is_some_and(|name| name == "User");
                let login = actor.get("login").filter(|login| is_user && matches!(login.shape, Shape::Text));
                personal::write_is(login.map(Node::raw), out);
            }
        }
        if !field.source.is_asked() {
            return Ok(Some(0));
        }
        let value = object.get(&field.key).ok_or(Stop::Invalid)?;
        self.notice(object, of, field, value);
        if field.name() == "id" && matches!(of.proof, Proof::Within(_)) {
            self.remember(value, place.within);
        }
        let mut gone = 0;
        let fate = self.value(value, fields, it.wrap, place, &mut gone, out)?;
        match fate {
            Fate::Stays => Ok(Some(gone)),
            // An edge is there for its node; and what may not be null takes along what it is in.
            Fate::Goes if it.wrap.is_required() || of.name.text().ends_with("Edge") => Ok(None),
            Fate::Goes => {
                out.push_str("null");
                Ok(Some(1))
            }
        }
    }

    fn value(
        &mut self,
        value: &Node<'_>,
        fields: &[&Field],
        wrap: Wrap,
        place: Place<'_>,
        gone: &mut u64,
        out: &mut String,
    ) -> Result<Fate, Stop> {
        if value.raw() == "null" {
            out.push_str("null");
            return Ok(Fate::Stays);
        }
        if wrap.is_list() {
            let Shape::Array(items) = &value.shape else { return Err(Stop::Invalid) };
            out.push('[');
            let start = out.len();
            for item in items {
                let before = out.len();
                if before > start {
                    out.push(',');
                }
                if self.value(item, fields, wrap.item(), place, gone, out)? == Fate::Goes {
                    out.truncate(before);
                    *gone += 1;
                }
            }
            out.push(']');
            return Ok(Fate::Stays);
        }
        let ty = fields.first().and_then(|field| field.ty()).ok_or(Stop::Invalid)?;
        if row(ty).is_composite() {
            return self.object(value, ty, &sets(fields), place, out);
        }
        match value.shape {
            Shape::Text | Shape::Scalar => out.push_str(value.raw()),
            Shape::Object(_) | Shape::Array(_) => return Err(Stop::Invalid),
        }
        Ok(Fate::Stays)
    }

    /// Values that say "not yet".
    fn notice(&mut self, object: &Node<'_>, of: &TypeRow, field: &Field, value: &Node<'_>) {
        match field.name() {
            "mergeable" | "mergeStateStatus" if value.raw() == "\"UNKNOWN\"" => {
                // A closed pull request has no answer to this, and never will.
                self.found.undecided |=
                    object.text_of(&document::state_key(of)).is_none_or(|it| it == "OPEN");
            }
            "statusCheckRollup" | "status" => self.found.provisional |= value.raw() == "null",
            "nodes" | "edges" if CHECKS.contains(&of.name.text()) => {
                self.found.provisional |= matches!(&value.shape, Shape::Array(items) if items.is_empty());
            }
            _ => {}
        }
    }
}

/// Whether an object says that everybody may see it. What does not say so ends the walk.
fn is_shown(object: &Node<'_>, it: &TypeRow) -> Result<bool, Stop> {
    let Some(shown) = it.shown else { return Ok(true) };
    let said = object.get(&document::shown_key(it)).ok_or(Stop::Invalid)?;
    let path = shown.field.split_once('.').map(|(_, path)| path);
    Ok(says(said, path, shown.values))
}

/// Whether what the path leads to has one of these values. What is in nothing has none.
fn says(said: &Node<'_>, path: Option<&str>, values: &[&str]) -> bool {
    if let Shape::Array(items) = &said.shape {
        return !items.is_empty() && items.iter().all(|item| says(item, path, values));
    }
    let Some(path) = path else { return values.contains(&said.raw().trim_matches('"')) };
    let (part, rest) = path.split_once('.').map_or((path, None), |(part, rest)| (part, Some(rest)));
    match part.split_once(':') {
        // An object of another type has no such field.
        Some((_, field)) => said.get(field).is_none_or(|said| says(said, rest, values)),
        None => said.get(part).is_some_and(|said| says(said, rest, values)),
    }
}

/// A total must not tell how many were taken out.
fn count_less(out: &mut String, at: usize, gone: u64) -> Option<()> {
    if gone == 0 {
        return Some(());
    }
    let digits = out.get(at..)?.bytes().take_while(u8::is_ascii_digit).count();
    let total: u64 = out.get(at..at + digits)?.parse().ok()?;
    out.replace_range(at..at + digits, &total.saturating_sub(gone).to_string());
    Some(())
}

/// A connection without nodes.
fn empty(sets: &[&[Selection]], ty: TypeId, out: &mut String) -> Option<()> {
    out.push('{');
    for (index, (key, fields)) in collect(sets, ty)?.iter().enumerate() {
        let _ = write!(out, "{}\"{key}\":", if index > 0 { "," } else { "" });
        match fields.first()?.name() {
            "nodes" | "edges" => out.push_str("[]"),
            "totalCount" => out.push('0'),
            "hasNextPage" | "hasPreviousPage" => out.push_str("false"),
            "__typename" => {
                let _ = write!(out, "\"{}\"", row(ty).name.text());
            }
            "pageInfo" => empty(&super::plan::sets(fields), fields.first()?.ty()?, out)?,
            _ => out.push_str("null"),
        }
    }
    out.push('}');
    Some(())
}

/// What the answer says it cost.
pub(super) fn cost(data: &Node<'_>) -> Option<Cost> {
    let rate = data.get(RATE)?;
    let number = |key: &str| rate.get(key)?.raw().parse().ok();
    let reset_at = rate.text_of("resetAt")?.into_owned();
    Some(Cost { cost: number("cost")?, remaining: number("remaining")?, reset_at })
}

/// Where the client wrote the field that a path of an error leads to.
pub(super) fn position(plan: &Plan, path: &[Json]) -> Option<(u32, u32)> {
    let mut sets: Vec<&[Selection]> = vec![&plan.set];
    let mut at = None;
    for key in path.iter().filter_map(Json::as_str) {
        let mut found = Vec::new();
        for set in sets {
            find(set, key, &mut found);
        }
        at = Some(plan.lines.position(found.first()?.at));
        sets = super::plan::sets(&found);
    }
    at
}

fn find<'p>(set: &'p [Selection], key: &str, found: &mut Vec<&'p Field>) {
    for selection in set {
        match selection {
            Selection::Field(field) if field.key == key => found.push(field),
            Selection::Field(_) => {}
            Selection::On(_, set) => find(set, key, found),
        }
    }
}
