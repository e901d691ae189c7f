//! Connections: how many objects they may have, and that nothing hidden is counted.

use super::super::Refused;
use super::super::plan::{Field, selects};
use super::super::table::{FieldRow, Proof, Rule, TypeRow, row};
use super::super::values::Literal;
use super::Checker;
use super::bounds::LARGEST_PAGE;

impl Checker<'_> {
    /// How many objects a connection may have, which `first` or `last` must say.
    pub(super) fn page(
        &mut self,
        field: &Field,
        it: &FieldRow,
        times: u64,
        at: usize,
    ) -> Result<u64, Refused> {
        if !row(it.ty).name.text().ends_with("Connection") {
            return Ok(times);
        }
        let mut sizes = field.arguments.iter().filter(|(name, value)| is_size(name) && !value.is_null());
        if sizes.nth(1).is_some() {
            let connection = it.name.text();
            let message = format!(
                "Passing both `first` and `last` to paginate the `{connection}` connection is not supported."
            );
            return Err(self.malformed(message, at));
        }
        let mut size = 0;
        for (name, literal) in &field.arguments {
            if !is_size(name) || literal.is_null() {
                continue;
            }
            let Literal::Word(digits) = literal else { continue };
            size = digits.parse::<u64>().ok().filter(|size| *size <= LARGEST_PAGE).ok_or_else(|| {
                let connection = it.name.text();
                let message = format!(
                    "Requesting {digits} records on the `{connection}` connection exceeds the `{name}` limit of {LARGEST_PAGE} records."
                );
                self.malformed(message, at)
            })?;
        }
        let size = size.saturating_mul(times);
        self.about.count = self.about.count.saturating_add(size);
        Ok(size.max(1))
    }

    /// What a connection or an edge must be asked, so that nothing hidden is counted.
    pub(super) fn connection(&self, field: &Field, it: &FieldRow, at: usize) -> Result<(), Refused> {
        let between = row(it.ty);
        if !between.is_between() || !field.source.is_asked() {
            return Ok(());
        }
        let name = it.name.text();
        let items = ["nodes", "edges"];
        let has_size = field.arguments.iter().any(|(name, value)| is_size(name) && !value.is_null());
        let is_paged = it.arguments().iter().any(|one| one.name.text() == "first");
        if is_paged && !has_size && selects(&field.set, &items) {
            let message = format!(
                "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            );
            return Err(self.malformed(message, at));
        }
        let element = between.field("nodes").or_else(|| between.field("node")).map(|one| row(one.ty));
        let hides = element.is_some_and(|element| {
            let hides = |ty: &TypeRow| ty.shown.is_some() || ty.proof != Proof::None;
            hides(element) || element.possible().iter().any(|one| hides(row(*one)))
        });
        let exempt = match it.rule {
            Rule::Forced(..) | Rule::Inside => true,
            Rule::Plain | Rule::Null | Rule::Empty | Rule::Personal(_) => false,
        };
        let needs = if between.name.text().ends_with("Edge") { &["node"][..] } else { &items[..] };
        let tells = selects(&field.set, &["totalCount", "cursor"]);
        if hides && !exempt && tells && !selects(&field.set, needs) {
            let what = format!("{name} without {}", needs.join(" or "));
            let reason = format!(
                "`{name}` can hold what is not public, so the pool serves it only together with `{}`.",
                needs.join("` or `")
            );
            return Err(self.not_served(what, reason, at));
        }
        Ok(())
    }
}

/// Whether an argument says how many objects are asked for.
fn is_size(name: &str) -> bool {
    matches!(name, "first" | "last")
}
