//! What a checked request selects: fragments are expanded, conditions decided, variables replaced.

use std::collections::BTreeMap;

use super::table::{FieldRow, TypeId, row};
use super::values::Literal;

/// Names of our own in what GitHub is asked; no response key of a client begins with it.
pub(super) const OURS: &str = "octopool_";

/// The selections of an operation.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) set: Vec<Selection>,
    /// Repositories that searches are bound to. They prove themselves at the root.
    pub(super) bound: Vec<super::Repository>,
    /// Types that say how long the answer is fresh.
    pub(super) kinds: Vec<TypeId>,
    pub(super) lines: Lines,
}

/// Where the lines of the client's document begin.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let behind = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(behind).collect())
    }

    /// The line and the column of a byte, from 1.
    pub(super) fn position(&self, at: usize) -> (u32, u32) {
        let line = self.0.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|line| self.0.get(line)).copied().unwrap_or_default();
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(at - start + 1))
    }
}

/// A selection.
#[derive(Clone, Debug)]
pub(super) enum Selection {
    Field(Field),
    /// What is selected of objects of these types only.
    On(TypeId, Vec<Selection>),
}

/// A selected field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The response key.
    pub(super) key: String,
    /// The field; `None` is `__typename`.
    pub(super) row: Option<&'static FieldRow>,
    pub(super) arguments: Vec<(&'static str, Literal)>,
    pub(super) source: Source,
    pub(super) set: Vec<Selection>,
    /// Where it is in the client's document.
    pub(super) at: usize,
}

/// Who answers a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Source {
    /// GitHub.
    Github,
    /// GitHub, by a field of another name: `viewer` is a user.
    GithubAs(&'static str),
    /// GitHub; and its repository must be one that the policy allows.
    Asked,
    /// The name of the type, which is known.
    Name,
    /// Null.
    Null,
    /// A connection without nodes.
    Empty,
    /// The schema itself.
    Schema,
    /// The pool's budget.
    Rate,
    /// The caller.
    Viewer,
    /// Whether the actor in this field is the caller.
    Personal(&'static str),
}

impl Source {
    /// Whether GitHub is asked for the field.
    pub(super) fn is_asked(self) -> bool {
        match self {
            Self::Github | Self::GithubAs(_) | Self::Asked => true,
            Self::Name
            | Self::Null
            | Self::Empty
            | Self::Schema
            | Self::Rate
            | Self::Viewer
            | Self::Personal(_) => false,
        }
    }
}

impl Field {
    /// The name of the field.
    pub(super) fn name(&self) -> &'static str {
        self.row.map_or("__typename", |row| row.name.text())
    }

    /// The type of its value; the id of a scalar for `__typename`.
    pub(super) fn ty(&self) -> Option<TypeId> {
        self.row.map(|row| row.ty)
    }
}

/// Selected fields of one response key: they are one field, selected more than once.
pub(super) type Group<'p> = (&'p str, Vec<&'p Field>);

/// What is selected of an object of this type, in the order of the answer
/// (<https://spec.graphql.org/October2021/#CollectFields()>). `None` if one key has two meanings.
pub(super) fn collect<'p>(sets: &[&'p [Selection]], concrete: TypeId) -> Option<Vec<Group<'p>>> {
    let mut collected = Collected::default();
    sets.iter().try_for_each(|set| collected.add(set, concrete))?;
    Some(collected.groups)
}

#[derive(Default)]
struct Collected<'p> {
    groups: Vec<Group<'p>>,
    /// Where the group of a key is: a document may have many keys.
    places: BTreeMap<&'p str, usize>,
}

impl<'p> Collected<'p> {
    fn add(&mut self, set: &'p [Selection], concrete: TypeId) -> Option<()> {
        for selection in set {
            match selection {
                Selection::On(on, set) if row(*on).possible().contains(&concrete) => {
                    self.add(set, concrete)?;
                }
                Selection::On(..) => {}
                Selection::Field(field) => self.add_field(field)?,
            }
        }
        Some(())
    }

    fn add_field(&mut self, field: &'p Field) -> Option<()> {
        let place = *self.places.entry(&field.key).or_insert(self.groups.len());
        let Some((_, fields)) = self.groups.get_mut(place) else {
            self.groups.push((&field.key, vec![field]));
            return Some(());
        };
        let first = fields.first()?;
        let same = first.name() == field.name() && first.arguments == field.arguments;
        same.then(|| fields.push(field))
    }
}

/// The selection sets of a field that is selected more than once.
pub(super) fn sets<'p>(fields: &[&'p Field]) -> Vec<&'p [Selection]> {
    fields.iter().map(|field| field.set.as_slice()).collect()
}

/// Whether one of these fields is selected, in any condition.
pub(super) fn selects(set: &[Selection], names: &[&str]) -> bool {
    set.iter().any(|selection| match selection {
        Selection::Field(field) => names.contains(&field.name()),
        Selection::On(_, set) => selects(set, names),
    })
}
