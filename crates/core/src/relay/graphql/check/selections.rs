//! Selections: fields, fragments, and conditions.

use super::super::Refused;
use super::super::plan::{Field, OURS, Selection, Source};
use super::super::syntax::{self, What};
use super::super::table::{FieldRow, QUERY, TypeId, row, type_named};
use super::bounds::MOST_SELECTIONS;
use super::{Checker, roots};

impl<'a> Checker<'a> {
    /// Checks selections of a type. `times` is how many objects there may be of it.
    pub(super) fn set(
        &mut self,
        set: &'a [syntax::Selection<'a>],
        ty: TypeId,
        times: u64,
        depth: usize,
        out: &mut Vec<Selection>,
    ) -> Result<(), Refused> {
        for selection in set {
            self.left = self.left.checked_sub(1).ok_or_else(|| Refused::TooLarge {
                message: format!("The document selects more than {MOST_SELECTIONS} fields."),
            })?;
            if !self.is_included(selection)? {
                continue;
            }
            match &selection.what {
                What::Field { .. } => {
                    let field = self.field(selection, ty, times, depth)?;
                    out.push(Selection::Field(field));
                }
                What::Spread(name) => {
                    let fragment = self.document.fragments.iter().find(|one| one.name == *name);
                    let fragment = fragment.ok_or_else(|| {
                        self.malformed(format!("Fragment {name} was used, but not defined"), selection.at)
                    })?;
                    self.on(Some(fragment.on), &fragment.set, ty, times, depth, selection.at, out)?;
                }
                What::Inline { on, set } => self.on(*on, set, ty, times, depth, selection.at, out)?,
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what a selection is checked with, and the type condition")]
    fn on(
        &mut self,
        on: Option<&str>,
        set: &'a [syntax::Selection<'a>],
        ty: TypeId,
        times: u64,
        depth: usize,
        at: usize,
        out: &mut Vec<Selection>,
    ) -> Result<(), Refused> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| self.malformed("Fragments lead to each other, or too deep.", at))?;
        let on = match on {
            None => ty,
            Some(name) => {
                let found = type_named(name).filter(|on| row(*on).is_composite());
                found.ok_or_else(|| self.not_served(name, format!("The type {name} is not served."), at))?
            }
        };
        if on == ty {
            return self.set(set, ty, times, depth, out);
        }
        let possible = row(ty).possible();
        if !row(on).possible().iter().any(|one| possible.contains(one)) {
            let (on, ty) = (row(on).name.text(), row(ty).name.text());
            return Err(self.not_served(on, format!("{on} is not served where {ty} is."), at));
        }
        let mut inner = Vec::new();
        self.set(set, on, times, depth, &mut inner)?;
        out.push(Selection::On(on, inner));
        Ok(())
    }

    /// Decides `@include` and `@skip`.
    fn is_included(&self, selection: &syntax::Selection<'_>) -> Result<bool, Refused> {
        let mut included = true;
        for (index, (name, arguments)) in selection.directives.iter().enumerate() {
            if selection.directives.iter().take(index).any(|(earlier, _)| earlier == name) {
                let message = format!("The directive \"{name}\" can only be used once at this location.");
                return Err(self.malformed(message, selection.at));
            }
            let [("if", value)] = arguments.as_slice() else {
                return Err(self.malformed(format!("Directive @{name} is not defined so"), selection.at));
            };
            let holds =
                self.variables.condition(value).map_err(|unfit| self.malformed(unfit, selection.at))?;
            included &= match *name {
                "include" => holds,
                "skip" => !holds,
                _ => return Err(self.malformed(format!("Directive @{name} is not defined"), selection.at)),
            };
        }
        Ok(included)
    }

    fn field(
        &mut self,
        selection: &'a syntax::Selection<'a>,
        ty: TypeId,
        times: u64,
        depth: usize,
    ) -> Result<Field, Refused> {
        let What::Field { alias, name, arguments, set } = &selection.what else {
            return Err(self.malformed("Parse error", selection.at));
        };
        let at = selection.at;
        let key = alias.unwrap_or(name);
        let depth = depth.checked_sub(1).ok_or_else(|| self.malformed("Nested too deep.", at))?;
        self.path.push(key.to_owned());
        if key.starts_with(OURS) {
            return Err(self.not_served(key, format!("Names that begin with `{OURS}` are octopool's."), at));
        }
        let mut field = Field {
            key: key.to_owned(),
            row: None,
            arguments: Vec::new(),
            source: Source::Github,
            set: Vec::new(),
            at,
        };
        if *name != "__typename" {
            let it = self.find(name, ty, at)?;
            field.row = Some(it);
            field.arguments = self.arguments(it, arguments, name, at)?;
            field.source = roots::source(ty, it);
            self.about.decision |= it.decision;
            let times = self.page(&field, it, times, at)?;
            if row(it.ty).is_composite() == set.is_empty() {
                let hint = if set.is_empty() { "must have selections" } else { "must not have selections" };
                return Err(self.malformed(format!("Field '{name}' {hint}"), at));
            }
            if !set.is_empty() {
                self.set(set, it.ty, times, depth, &mut field.set)?;
                self.connection(&field, it, at)?;
                if field.source.is_asked() && row(it.ty).fresh.is_some() && !self.kinds.contains(&it.ty) {
                    self.kinds.push(it.ty);
                }
            }
            if ty == QUERY {
                self.root(&mut field, it, at)?;
            }
        } else if !arguments.is_empty() || !set.is_empty() {
            return Err(self.malformed("Field '__typename' takes nothing", at));
        } else if ty == QUERY {
            // Clients ask this to see whether anybody answers. It is worth no point of GitHub's.
            field.source = Source::Name;
        }
        self.path.pop();
        Ok(field)
    }

    fn find(&self, name: &str, ty: TypeId, at: usize) -> Result<&'static FieldRow, Refused> {
        let it = row(ty);
        it.field(name).ok_or_else(|| {
            let what = format!("{}.{name}", it.name.text());
            self.not_served(&what, format!("The pool does not serve the field {what}."), at)
        })
    }
}
