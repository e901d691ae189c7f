//! What a query costs.
//!
//! <https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{self, Operation, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};

/// "Individual calls cannot request more than 500,000 total nodes."
pub(super) const MAX_NODES: u64 = 500_000;

/// What is counted before a query is executed, from the sizes of the pages that it asks for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// Objects that connections may return at most: `rateLimit.nodeCount`.
    pub(super) nodes: u64,
    requests: u64,
}

impl Cost {
    /// Counts the connections of an operation.
    pub(super) fn of(operation: &Operation, document: &ExecutableDocument, variables: &JsonMap) -> Self {
        let mut counter = Counter { document, variables, cost: Self::default() };
        counter.add(&operation.selection_set, 1);
        counter.cost
    }

    /// "Divide the number by 100 and round the result […]. The minimum […] is 1."
    pub(super) fn points(self) -> u64 {
        ((self.requests + 50) / 100).max(1)
    }
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    variables: &'a JsonMap,
    cost: Cost,
}

impl Counter<'_> {
    /// Adds what is selected from each of `parents` objects.
    fn add(&mut self, set: &SelectionSet, parents: u64) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let children = match self.page(field) {
                        Some(size) => {
                            self.cost.requests = self.cost.requests.saturating_add(parents);
                            let nodes = parents.saturating_mul(size);
                            self.cost.nodes = self.cost.nodes.saturating_add(nodes);
                            nodes
                        }
                        None => parents,
                    };
                    self.add(&field.selection_set, children);
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.selection_set, parents),
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                        self.add(&fragment.selection_set, parents);
                    }
                }
            }
        }
    }

    /// `first` or `last` of a connection.
    fn page(&self, field: &executable::Field) -> Option<u64> {
        let argument = field.arguments.iter().find(|it| ["first", "last"].contains(&it.name.as_str()))?;
        let size = match &*argument.value {
            executable::Value::Variable(name) => {
                self.variables.get(name.as_str()).and_then(JsonValue::as_u64)
            }
            executable::Value::Int(size) => size.try_to_i32().ok().and_then(|size| u64::try_from(size).ok()),
            _ => None,
        };
        size.filter(|_| field.definition.ty.inner_named_type().ends_with("Connection"))
    }
}
