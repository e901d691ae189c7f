//! What a checked request selects: fragments are expanded, conditions decided, variables replaced.

use super::arguments::Literal;
use super::table::{FieldRow, TypeId, row};

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
    /// Line and column in the client's document.
    pub(super) at: (u32, u32),
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
            Self::Null | Self::Empty | Self::Schema | Self::Rate | Self::Viewer | Self::Personal(_) => false,
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
    let mut groups = Vec::new();
    for set in sets {
        collect_into(set, concrete, &mut groups)?;
    }
    Some(groups)
}

fn collect_into<'p>(set: &'p [Selection], concrete: TypeId, groups: &mut Vec<Group<'p>>) -> Option<()> {
    for selection in set {
        match selection {
            Selection::On(on, set) if row(*on).possible().contains(&concrete) => {
                collect_into(set, concrete, groups)?;
            }
            Selection::On(..) => {}
            Selection::Field(field) => match groups.iter_mut().find(|(key, _)| *key == field.key) {
                None => groups.push((&field.key, vec![field])),
                Some((_, fields)) => {
                    let first = fields.first()?;
                    let same = first.name() == field.name() && first.arguments == field.arguments;
                    same.then(|| fields.push(field))?;
                }
            },
        }
    }
    Some(())
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
