//! What the tests share: GitHub's schema, and a GitHub that answers at random.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;

use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use octopool_core::relay::graphql::{Caller, GraphqlRequest, Prepared, Refused, prepare};
use octopool_core::{AccountId, AccountLogin};
use octopool_graphql_documents::{Random, SERVED, checkout, read};
use serde_json::{Map, Value, json};

/// What a private thing says.
pub(crate) const SECRET: &str = "SECRET-PLAN";

/// GitHub's schema, with what the stand-in knows to be newer.
pub(crate) static GITHUB: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    let text = read(&checkout().join("node_modules/@octokit/graphql-schema/schema.graphql"));
    let newer = read(&checkout().join("crates/github-standin/src/graphql/newer.graphql"));
    let built = Schema::builder().parse(text, "schema.graphql").parse(newer, "newer.graphql").build();
    // GitHub's own schema defines two fields twice.
    let schema = built.unwrap_or_else(|errors| errors.partial);
    schema.validate().unwrap_or_else(|errors| Valid::assume_valid(errors.partial))
});

/// Asks as mona.
pub(crate) fn ask(query: &str, variables: &Map<String, Value>) -> Result<Prepared, Refused> {
    let login = AccountLogin::parse("mona").unwrap();
    let caller = Caller { login: &login, id: AccountId::new(7).unwrap() };
    prepare(&GraphqlRequest { query, variables, operation_name: None }, &caller)
}

/// A GitHub in which some things are private.
pub(crate) struct World {
    seed: u64,
    /// One of so many repositories is private; 0: none.
    pub(crate) private: usize,
    /// One of so many drafts, pending reviews, secret teams is hidden; 0: none.
    pub(crate) hidden: usize,
    /// Whether something private was shown.
    pub(crate) showed_private: RefCell<bool>,
}

impl World {
    pub(crate) fn new(seed: u64, private: usize, hidden: usize) -> Rc<Self> {
        Rc::new(Self { seed, private, hidden, showed_private: RefCell::new(false) })
    }
}

/// GitHub's answer to a document, which must be valid by GitHub's schema; `None` if one key is used
/// for two fields.
pub(crate) fn answer(world: &Rc<World>, document: &str) -> Option<Value> {
    let parsed = ExecutableDocument::parse_and_validate(&GITHUB, document, "query");
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(invalid) => {
            let errors: Vec<_> = invalid.errors.iter().map(|error| error.to_json().message).collect();
            // GitHub takes fields of one name and of types that differ in whether they may be null.
            let nulls = "must not select different types using the same name";
            // One key for two fields, which the client's document had, too.
            let is_conflict = |error: &String| {
                error.contains("into the same alias")
                    || error.contains("conflicting field arguments")
                    || error.contains("using the same name") && !error.contains(nulls)
            };
            if errors.iter().any(is_conflict) {
                return None;
            }
            let other = errors.iter().find(|error| !error.contains(nulls));
            assert!(other.is_none(), "{other:?}\n{document}");
            Valid::assume_valid(invalid.partial)
        }
    };
    let operation = parsed.operations.get(None).unwrap();
    let variables = Valid::assume_valid(JsonMap::new());
    let execution = Execution::new(&GITHUB, &parsed).operation(operation).coerced_variable_values(&variables);
    let root = Thing {
        ty: "Query".to_owned(),
        private: false,
        hidden: false,
        inside: false,
        seed: world.seed,
        world: Rc::clone(world),
    };
    let response = execution.execute_sync(&root).unwrap();
    assert!(response.errors.is_empty(), "{:?}\n{document}", response.errors);
    Some(json!({ "data": response.data }))
}

/// An object of GitHub.
struct Thing {
    ty: String,
    /// Whether it is in a private repository, or is one.
    private: bool,
    /// Whether it is a draft or the like, or in one.
    hidden: bool,
    /// Of a connection or an edge: whether it leads to what is in the same repository.
    inside: bool,
    /// What its fields are made of: a field selected twice is the same twice.
    seed: u64,
    world: Rc<World>,
}

/// What leads from a repository, or what is in it, to things of other repositories.
const NOUNS: [&str; 5] = ["Discussion", "Issue", "PullRequest", "Ref", "Repository"];
/// What leads to things of the same repository.
const INSIDE: [&str; 12] = [
    "baseRef",
    "defaultBranchRef",
    "discussion",
    "discussions",
    "issue",
    "issueOrPullRequest",
    "issues",
    "pullRequest",
    "pullRequests",
    "ref",
    "refs",
    "repository",
];

impl Thing {
    fn next(&self, random: &mut Random, field: &str, ty: &str) -> Self {
        let world = Rc::clone(&self.world);
        let is_noun = NOUNS.contains(&ty);
        let is_between = |ty: &str| ty.ends_with("Connection") || ty.ends_with("Edge");
        let inside =
            if is_between(&self.ty) { self.inside } else { self.ty != "Query" && INSIDE.contains(&field) };
        // Of these an id shows nothing: the types are not served there.
        let by_id = self.ty == "Query" && ty == "Ref";
        let private = self.private || is_noun && !by_id && !inside && random.chance(world.private);
        let hides = matches!(
            ty,
            "Gist"
                | "ProjectV2"
                | "ProjectV2Item"
                | "PullRequestReview"
                | "PullRequestReviewComment"
                | "PullRequestReviewThread"
                | "Release"
                | "Team"
        );
        let hidden = if self.ty == "ProjectV2Item" && ty == "ProjectV2" {
            self.hidden
        } else {
            self.hidden || hides && random.chance(world.hidden)
        };
        if private && is_noun {
            *world.showed_private.borrow_mut() = true;
        }
        random.below(2);
        let seed = random.0;
        Self { ty: ty.to_owned(), private, hidden, inside: inside && is_between(ty), seed, world }
    }

    fn leaf(&self, random: &mut Random, info: &ResolveInfo<'_>, ty: &str) -> Value {
        let hidden = self.hidden;
        match (self.ty.as_str(), info.field_name()) {
            ("Repository", "isPrivate") => json!(self.private),
            ("Repository", "nameWithOwner") => {
                json!(if self.private { format!("acme/{SECRET}") } else { "acme/rocket".to_owned() })
            }
            ("Team", "privacy") => json!(if hidden { "SECRET" } else { "VISIBLE" }),
            ("Release", "isDraft") => json!(hidden),
            ("PullRequestReview", "state") => json!(if hidden { "PENDING" } else { "APPROVED" }),
            ("PullRequestReviewComment", "state") => json!(if hidden { "PENDING" } else { "SUBMITTED" }),
            ("Gist", "isPublic") | ("ProjectV2", "public") => json!(!hidden),
            _ => match ty {
                "Int" => json!(random.below(9) + 20),
                "Float" => json!(0.5),
                "Boolean" => json!(random.chance(2)),
                "String" | "ID" => {
                    json!(if self.private || hidden { SECRET } else { "open \"text\" \\ \u{e9}" })
                }
                ty => match info.schema().types.get(ty) {
                    Some(ExtendedType::Enum(all)) => {
                        let values: Vec<_> = all.values.keys().collect();
                        json!(values[random.below(values.len())].as_str())
                    }
                    _ => json!(if self.private || hidden { SECRET } else { "2026-01-01" }),
                },
            },
        }
    }

    fn value<'v>(
        &self,
        random: &mut Random,
        info: &ResolveInfo<'_>,
        ty: &apollo_compiler::ast::Type,
    ) -> ResolvedValue<'v> {
        if ty.is_list() {
            let count = random.below(4);
            let items: Vec<_> = (0..count).map(|_| self.value(random, info, ty.item_type())).collect();
            return ResolvedValue::list(items);
        }
        let field = info.field_name();
        // Proofs are there wherever GitHub has them.
        if !ty.is_non_null() && field != "repository" && field != "project" && random.chance(8) {
            return ResolvedValue::null();
        }
        let name = ty.inner_named_type().as_str();
        match info.schema().types.get(name) {
            Some(ExtendedType::Object(_)) => ResolvedValue::object(self.next(random, field, name)),
            Some(ExtendedType::Union(union)) => {
                let members: Vec<_> = union.members.iter().map(|member| member.name.as_str()).collect();
                let member = *random.pick(&members);
                ResolvedValue::object(self.next(random, field, member))
            }
            Some(ExtendedType::Interface(_)) => {
                let members = &info.implementers_map()[name].objects;
                let mut members: Vec<_> = members.iter().map(apollo_compiler::Name::as_str).collect();
                members.sort_unstable();
                if !random.chance(12) {
                    members.retain(|one| is_served(name, one));
                }
                let member = *random.pick(&members);
                ResolvedValue::object(self.next(random, field, member))
            }
            _ => ResolvedValue::leaf(
                apollo_compiler::response::serde_json_bytes::value::to_value(self.leaf(random, info, name))
                    .unwrap(),
            ),
        }
    }
}

/// Whether an object of an interface is served there.
fn is_served(interface: &str, object: &str) -> bool {
    let object = SERVED.types.get(object).and_then(ExtendedType::as_object);
    object.is_some_and(|it| it.implements_interfaces.contains(interface))
}

impl ObjectValue for Thing {
    fn type_name(&self) -> &str {
        &self.ty
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let salt = info.field_name().bytes().fold(7, |all: u64, byte| all.wrapping_mul(31) ^ u64::from(byte));
        let mut random = Random(self.seed ^ salt);
        Ok(self.value(&mut random, info, &info.field_definition().ty))
    }
}
