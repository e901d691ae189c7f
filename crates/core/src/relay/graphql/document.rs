//! What GitHub is asked.

use std::fmt::Write as _;

use super::plan::{Field, OURS, Plan, Selection, Source};
use super::table::{Proof, QUERY, Rule, TypeId, TypeRow, row};
use super::values::{Literal, write_named};
use crate::relay::repository::Repository;

/// The names of our own. Each has one meaning, wherever it is.
pub(super) const TYPE: &str = "octopool_type";
pub(super) const PRIVATE: &str = "octopool_private";
pub(super) const NAME: &str = "octopool_name";
pub(super) const REPOSITORY: &str = "octopool_repository";
pub(super) const RATE: &str = "octopool_rate";

/// The text of `query`; empty if there is nothing to ask.
pub(super) fn document(plan: &Plan) -> String {
    let mut out = String::with_capacity(1024);
    for selection in &plan.set {
        write_selection(selection, QUERY, true, &mut out);
    }
    for (index, repository) in plan.bound.iter().enumerate() {
        let Repository { owner, name } = repository;
        let owner = ("owner", Literal::Text(owner.clone()));
        let name = ("name", Literal::Text(name.clone()));
        let _ = write!(out, " {}:repository(", bound_key(index));
        write_named(&[owner, name], &mut out);
        let _ = write!(out, "){{{PRIVATE}:isPrivate {NAME}:nameWithOwner}}");
    }
    if out.is_empty() {
        return out;
    }
    format!("query{{{}{RATE}:rateLimit{{cost remaining resetAt}}}}", out.trim_start().to_owned() + " ")
}

/// The name under which a repository that a search is bound to proves itself.
pub(super) fn bound_key(index: usize) -> String {
    format!("{REPOSITORY}_{index}")
}

/// All that is selected, also what GitHub is not asked for, without our own.
pub(super) fn shape(plan: &Plan) -> String {
    let mut out = String::with_capacity(512);
    write_shape(&plan.set, &mut out);
    out
}

fn write_shape(set: &[Selection], out: &mut String) {
    out.push('{');
    for (index, selection) in set.iter().enumerate() {
        out.push_str(if index > 0 { " " } else { "" });
        match selection {
            Selection::On(on, set) => {
                let _ = write!(out, "...on {}", row(*on).name.text());
                write_shape(set, out);
            }
            Selection::Field(field) => {
                write_head(field, field.name(), out);
                if !field.set.is_empty() {
                    write_shape(&field.set, out);
                }
            }
        }
    }
    out.push('}');
}

fn write_head(field: &Field, name: &str, out: &mut String) {
    let _ = if field.key == name { write!(out, "{name}") } else { write!(out, "{}:{name}", field.key) };
    if !field.arguments.is_empty() {
        out.push('(');
        write_named(&field.arguments, out);
        out.push(')');
    }
}

/// Writes a selection of an object of the type `ty`, with a space before it. `proves` says whether
/// what it leads to must prove itself although it is `@inside`.
fn write_selection(selection: &Selection, ty: TypeId, proves: bool, out: &mut String) {
    match selection {
        Selection::On(on, set) => {
            let mut inner = String::new();
            for selection in set {
                write_selection(selection, *on, proves, &mut inner);
            }
            if !inner.is_empty() {
                let _ = write!(out, " ...on {}{{{}}}", row(*on).name.text(), inner.trim_start());
            }
        }
        Selection::Field(field) => {
            if let Source::Personal(actor) = field.source {
                let _ = write!(out, " {}:{actor}{{__typename login}}", actor_key(actor));
            }
            if !field.source.is_asked() {
                return;
            }
            let name = if let Source::GithubAs(other) = field.source { other } else { field.name() };
            out.push(' ');
            write_head(field, name, out);
            if let Some(value) = field.ty().filter(|value| row(*value).is_composite()) {
                write_set(field, value, must_prove(field, ty, proves), out);
            }
        }
    }
}

/// Whether what a field leads to must prove itself. The way through a connection goes on as it
/// began.
pub(super) fn must_prove(field: &Field, of: TypeId, proves: bool) -> bool {
    match field.row.map(|row| row.rule) {
        Some(Rule::Inside) => false,
        _ if row(of).is_between() => proves,
        _ => true,
    }
}

fn write_set(field: &Field, ty: TypeId, proves: bool, out: &mut String) {
    let mut inner = String::new();
    write_proofs(ty, proves, &mut inner);
    for selection in &field.set {
        write_selection(selection, ty, proves, &mut inner);
    }
    if inner.is_empty() {
        // Conditions left nothing of it.
        let _ = write!(inner, " {TYPE}:__typename");
    }
    let _ = write!(out, "{{{}}}", inner.trim_start());
}

/// What an object of this type is asked for its proof.
fn write_proofs(ty: TypeId, proves: bool, out: &mut String) {
    let it = row(ty);
    if !it.is_abstract() {
        return write_proof(it, proves, out);
    }
    let _ = write!(out, " {TYPE}:__typename");
    for one in it.possible() {
        let mut proof = String::new();
        write_proof(row(*one), proves, &mut proof);
        if !proof.is_empty() {
            let _ = write!(out, " ...on {}{{{}}}", row(*one).name.text(), proof.trim_start());
        }
    }
}

fn write_proof(it: &TypeRow, proves: bool, out: &mut String) {
    let _ = match it.proof {
        Proof::Repository => write!(out, " {PRIVATE}:isPrivate {NAME}:nameWithOwner"),
        Proof::Within(field) if proves => {
            write!(out, " {REPOSITORY}:{field}{{{PRIVATE}:isPrivate {NAME}:nameWithOwner}}")
        }
        Proof::Within(_) | Proof::None => Ok(()),
    };
    if let Some(shown) = it.shown {
        let mut path = shown.field.split('.');
        let _ = write!(out, " {}:{}", shown_key(it), path.next().unwrap_or_default());
        let mut end = String::new();
        for part in path {
            let _ = match part.split_once(':') {
                Some((on, field)) => write!(out, "{{...on {on}{{{field}"),
                None => write!(out, "{{{part}"),
            };
            end.push_str(if part.contains(':') { "}}" } else { "}" });
        }
        out.push_str(&end);
    }
    if it.fresh.is_some_and(|fresh| fresh.settled > 0) {
        let _ = write!(out, " {}:state", state_key(it));
    }
}

/// The name of what says whether an object is shown. Fields of one name must have one type
/// everywhere, so each type has a name of its own.
pub(super) fn shown_key(it: &TypeRow) -> String {
    format!("{OURS}shown_{}", it.name.text())
}

/// The name of what says whether an object is closed.
pub(super) fn state_key(it: &TypeRow) -> String {
    format!("{OURS}state_{}", it.name.text())
}

/// The name of the actor who may be the caller.
pub(super) fn actor_key(field: &str) -> String {
    format!("{OURS}actor_{field}")
}
