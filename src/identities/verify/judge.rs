//! Judging: facts in, checks out. Nothing is asked here.

mod app;
mod pat;
#[cfg(test)]
mod tests;

pub(super) use app::app;
pub(super) use pat::pat;

use super::facts::{Binding, Refusal, Subject};
use super::{Verification, fixes};
use crate::github::{Place, Reach};

/// An App's JWT begins a minute in the past and ends nine minutes ahead, and GitHub takes ten: with clocks further apart than a minute, it
/// comes from the future.
pub(crate) const LARGEST_SKEW_SECONDS: i64 = 60;

/// Whether there is a secret to go on with.
fn judge_binding(verification: &mut Verification, subject: &Subject, binding: Binding, with: &str) -> bool {
    let name = &subject.secret_ref;
    let (problem, fix) = match binding {
        Binding::Filled => {
            verification.pass("secret_present");
            return true;
        }
        Binding::Reserved => (
            format!(
                "{name} is a name that the Worker uses itself, so it is never sent to GitHub as a credential."
            ),
            fixes::update(subject, "--secret-ref NAME  # the name of a secret of this identity alone"),
        ),
        Binding::Missing => {
            (format!("The deployment has no secret named {name}."), fixes::put_secret(subject, with))
        }
        Binding::Blank => (format!("The secret {name} is blank."), fixes::put_secret(subject, with)),
    };
    verification.fail("secret_present", problem, fix);
    false
}

/// What may pass by itself, and nothing else is known then.
fn unanswered(
    mut verification: Verification,
    subject: &Subject,
    name: &'static str,
    refusal: &Refusal,
) -> Verification {
    let (problem, note) = match refusal {
        Refusal::Limited => (
            "GitHub's rate limit for this credential is reached.".to_owned(),
            "again, after the limit's reset",
        ),
        Refusal::Unavailable(problem) => {
            verification.github_down = true;
            (problem.clone(), "again, in a while; https://www.githubstatus.com tells of outages")
        }
        Refusal::Unauthorized | Refusal::Forbidden | Refusal::NotFound | Refusal::Unprocessable => {
            ("GitHub refused the question.".to_owned(), "again, in a while")
        }
    };
    verification.failed(name, problem, fixes::retry(subject, note))
}

/// What was not asked is not known either.
fn not_asked() -> Refusal {
    Refusal::Unavailable("GitHub was not asked.".to_owned())
}

/// Whether the repositories of the scopes are where the scopes say. What is missing and not gone is somebody else's to tell of.
fn judge_reach(
    verification: &mut Verification,
    subject: &Subject,
    reach: &[(Place, Reach)],
    is_gone: impl Fn(&Place) -> bool,
) {
    let unanswered_one = reach.iter().find_map(|(_, reach)| match reach {
        Reach::Unanswered(error) => Some(Refusal::from(error)),
        _ => None,
    });
    if let Some(refusal) = unanswered_one {
        *verification = unanswered(std::mem::take(verification), subject, "repositories_found", &refusal);
        return;
    }
    let gone: Vec<_> =
        reach.iter().filter(|(place, reach)| matches!(reach, Reach::Missing) && is_gone(place)).collect();
    let moved: Vec<_> = reach.iter().filter(|(_, reach)| matches!(reach, Reach::Renamed(_))).collect();
    if gone.is_empty() && moved.is_empty() {
        if !reach.iter().any(|(_, reach)| matches!(reach, Reach::Missing)) {
            verification.pass("repositories_found");
        }
        return;
    }
    let fix = fixes::rescope(subject, |place| {
        let found = reach.iter().find(|(known, _)| known == place).map(|(_, reach)| reach);
        match found {
            Some(Reach::Renamed(Some(now))) => Some(now.to_string()),
            // GitHub redirects from the former name, and `gh` follows.
            Some(Reach::Renamed(None)) => Some(format!("\"$(gh api repos/{place} --jq .full_name)\"")),
            Some(Reach::Missing) if is_gone(place) => None,
            _ => Some(place.to_string()),
        }
    });
    let mut problems = Vec::new();
    if !moved.is_empty() {
        problems.push(format!(
            "{} {} another name now.",
            names(&moved),
            if moved.len() == 1 { "has" } else { "have" }
        ));
    }
    if !gone.is_empty() {
        let verb = if gone.len() == 1 { "is" } else { "are" };
        problems.push(format!("{} {verb} not there, or the credential may not know of it.", names(&gone)));
    }
    verification.fail("repositories_found", problems.join(" "), fix);
}

/// `a, b and c`.
fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => items.concat(),
    }
}

fn names(places: &[&(Place, Reach)]) -> String {
    list(places.iter().map(|(place, _)| place))
}

/// Seconds as people say them.
pub(crate) fn difference(skew: i64) -> String {
    let direction = if skew > 0 { "ahead of" } else { "behind" };
    format!("The Worker's clock is {} seconds {direction} GitHub's.", skew.abs())
}
