//! Making checks of facts, without I/O.

mod app;
mod pat;
#[cfg(test)]
pub(crate) mod tests;

pub(super) use app::app;
pub(super) use pat::pat;

use super::facts::{Binding, CHECK_API_URL, Refusal, Subject, not_of_github};
use super::{Verification, fixes};
use crate::github::{Place, Reach};

/// An App's JWT is issued a minute in the past and expires nine minutes ahead, and GitHub allows
/// ten. If the clocks differ by more than a minute, the JWT is from the future for GitHub.
pub(crate) const LARGEST_SKEW_SECONDS: i64 = 60;

/// Whether the secret can be used.
fn judge_binding(verification: &mut Verification, subject: &Subject, binding: Binding, with: &str) -> bool {
    let name = &subject.secret_ref;
    let (problem, fix) = match binding {
        Binding::Filled => {
            verification.pass("secret_present");
            return true;
        }
        Binding::Reserved => (
            format!(
                "{name} is a secret of the Worker itself, which is never sent to GitHub as a credential."
            ),
            fixes::update(subject, "--secret-ref NAME  # the name of a secret that only this identity uses"),
        ),
        Binding::Missing => {
            (format!("The deployment has no secret named {name}."), fixes::put_secret(subject, with))
        }
        Binding::Blank => (format!("The secret {name} is blank."), fixes::put_secret(subject, with)),
        // `wrangler secret put` refuses a name that another binding has.
        Binding::Other => (
            format!("The binding {name} is not text, so it cannot hold a credential."),
            fixes::update(
                subject,
                "--secret-ref NAME  # after `npx wrangler secret put NAME`, under another name",
            ),
        ),
    };
    verification.fail("secret_present", problem, fix);
    false
}

/// Adds a failed check for a problem that may be temporary, after which nothing else is known.
fn unanswered(
    mut verification: Verification,
    subject: &Subject,
    name: &'static str,
    refusal: &Refusal,
) -> Verification {
    let (problem, note) = match refusal {
        Refusal::Limited => (
            "GitHub's rate limit for this credential is reached.".to_owned(),
            "try again after the limit is reset",
        ),
        Refusal::Unavailable(problem) => {
            verification.github_down = true;
            (problem.clone(), "try again later; outages are on https://www.githubstatus.com")
        }
        Refusal::Malformed(operation) => {
            verification.github_down = true;
            (not_of_github(operation), CHECK_API_URL)
        }
        Refusal::Forbidden(cause) => {
            (cause.sentence("the credential", "GitHub"), "try again when that is changed")
        }
        Refusal::Unauthorized | Refusal::NotFound | Refusal::Unprocessable => {
            ("GitHub refused the request.".to_owned(), "try again later")
        }
    };
    verification.failed(name, problem, fixes::retry(subject, note))
}

/// The refusal that stands for a request that was not made.
fn not_asked() -> Refusal {
    Refusal::Unavailable("GitHub was not asked.".to_owned())
}

/// Checks that the repositories of the scopes exist under these names. `is_gone` says for a missing
/// one whether this check reports it, or another.
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
        problems.push(format!(
            "{} {verb} not found: no such repository, or the credential has no access.",
            names(&gone)
        ));
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

/// The difference of the clocks, as a sentence.
pub(crate) fn difference(skew: i64) -> String {
    let direction = if skew > 0 { "ahead of" } else { "behind" };
    format!("The Worker's clock is {} seconds {direction} GitHub's.", skew.abs())
}
