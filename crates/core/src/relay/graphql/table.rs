//! The table of what is served, which `build.rs` makes of `served.graphql`.

/// A place in [`NAMES`]: where, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name(u16, u8);

/// The number of a row of [`TYPES`].
pub(super) type TypeId = u8;

/// What a type is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    Input,
}

/// What lists and `!`s are around a type: 1 for `T!`, 2 for a list, 4 for `[T!]`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Wrap(u8);

impl Wrap {
    pub(super) const PLAIN: Self = Self(0);

    /// The same without the outer `!`.
    pub(super) const fn optional(self) -> Self {
        Self(self.0 & !1)
    }

    pub(super) const fn is_required(self) -> bool {
        self.0 & 1 != 0
    }

    pub(super) const fn is_list(self) -> bool {
        self.0 & 2 != 0
    }

    /// How the items of this list are wrapped.
    pub(super) const fn item(self) -> Self {
        Self(self.0 >> 2 & 1)
    }
}

/// How an object proves that it is public.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Proof {
    /// It is in the repository of what leads to it, or in none.
    None,
    /// It is a repository.
    Repository,
    /// This field is its repository.
    Within(&'static str),
}

/// Which objects of a type are shown: those where the field has one of the values. `a.b` is the
/// field `b` of what is in the field `a`; all of it, if that is a list. `a.T:b` is the field `b` of
/// a `T`; what is of another type is shown.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) field: &'static str,
    pub(super) values: &'static [&'static str],
}

/// For how many seconds an answer with an object of a type is fresh at most, and if all of these
/// objects are closed (0: the same).
#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh {
    pub(super) seconds: u16,
    pub(super) settled: u32,
}

/// What is special about a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rule {
    Plain,
    /// It leads to what is in the same repository.
    Inside,
    /// Answered as null.
    Null,
    /// Answered as a connection without nodes.
    Empty,
    /// This argument has this value.
    Forced(&'static str, &'static str),
    /// True if the caller is the actor in this field.
    Personal(&'static str),
}

/// A type.
pub(super) struct TypeRow {
    pub(super) name: Name,
    pub(super) kind: Kind,
    /// Its rows in [`FIELDS`], [`VALUES`] (of an enum) or [`ARGUMENTS`] (of an input).
    pub(super) items: (u16, u16),
    /// The rows in [`POSSIBLE`]: the object types that a value can have.
    pub(super) possible: (u16, u16),
    pub(super) proof: Proof,
    pub(super) shown: Option<&'static Shown>,
    pub(super) fresh: Option<Fresh>,
}

/// A field of an object or interface.
#[derive(Debug)]
pub(super) struct FieldRow {
    pub(super) name: Name,
    pub(super) ty: TypeId,
    pub(super) wrap: Wrap,
    /// Its rows in [`ARGUMENTS`].
    pub(super) arguments: (u16, u16),
    pub(super) rule: Rule,
    pub(super) decision: bool,
}

/// An argument, or a field of an input object.
pub(super) struct ArgumentRow {
    pub(super) name: Name,
    pub(super) ty: TypeId,
    pub(super) wrap: Wrap,
    /// Whether GitHub has a default for it.
    pub(super) default: bool,
}

include!(concat!(env!("OUT_DIR"), "/served.rs"));

impl Name {
    pub(super) fn text(self) -> &'static str {
        let start = usize::from(self.0);
        NAMES.get(start..start + usize::from(self.1)).unwrap_or_default()
    }
}

fn slice<T>(rows: &'static [T], (from, to): (u16, u16)) -> &'static [T] {
    rows.get(usize::from(from)..usize::from(to)).unwrap_or_default()
}

/// The type with this name.
pub(super) fn type_named(name: &str) -> Option<TypeId> {
    let found = TYPES.binary_search_by(|row| row.name.text().cmp(name)).ok()?;
    TypeId::try_from(found).ok()
}

/// The row of a type.
pub(super) fn row(id: TypeId) -> &'static TypeRow {
    // Every id is of the table, so the row of `Query` is never the wrong answer.
    TYPES.get(usize::from(id)).unwrap_or(&TYPES[QUERY as usize])
}

impl TypeRow {
    pub(super) fn is_composite(&self) -> bool {
        match self.kind {
            Kind::Object | Kind::Interface | Kind::Union => true,
            Kind::Scalar | Kind::Enum | Kind::Input => false,
        }
    }

    pub(super) fn is_abstract(&self) -> bool {
        match self.kind {
            Kind::Interface | Kind::Union => true,
            Kind::Object | Kind::Scalar | Kind::Enum | Kind::Input => false,
        }
    }

    /// A connection or an edge: what is between a list's field and its objects.
    pub(super) fn is_between(&self) -> bool {
        let name = self.name.text();
        self.kind == Kind::Object && (name.ends_with("Connection") || name.ends_with("Edge"))
    }

    /// The fields of an object or interface, by name.
    pub(super) fn fields(&self) -> &'static [FieldRow] {
        match self.kind {
            Kind::Object | Kind::Interface => slice(&FIELDS, self.items),
            Kind::Union | Kind::Scalar | Kind::Enum | Kind::Input => &[],
        }
    }

    pub(super) fn field(&self, name: &str) -> Option<&'static FieldRow> {
        let fields = self.fields();
        let found = fields.binary_search_by(|row| row.name.text().cmp(name)).ok()?;
        fields.get(found)
    }

    /// The values of an enum.
    pub(super) fn values(&self) -> &'static [Name] {
        if self.kind == Kind::Enum { slice(&VALUES, self.items) } else { &[] }
    }

    /// The fields of an input object.
    pub(super) fn inputs(&self) -> &'static [ArgumentRow] {
        if self.kind == Kind::Input { slice(&ARGUMENTS, self.items) } else { &[] }
    }

    /// The object types that a value of this type can have.
    pub(super) fn possible(&self) -> &'static [TypeId] {
        slice(&POSSIBLE, self.possible)
    }
}

impl FieldRow {
    /// Its arguments, in the order of the table.
    pub(super) fn arguments(&self) -> &'static [ArgumentRow] {
        slice(&ARGUMENTS, self.arguments)
    }
}
