//! Personal access tokens.

use octopool_core::Forbidden;

use super::{judge_binding, judge_reach, list, not_asked, unanswered};
use crate::github::probe::TokenSees;
use crate::github::{Place, Reach};
use crate::identities::verify::facts::{
    CHECK_API_URL, PatFacts, Refusal, Site, Subject, TokenFault, Unasked,
};
use crate::identities::verify::{Verification, fixes};

/// The checks of a PAT.
pub(in crate::identities::verify) fn pat(subject: &Subject, site: &Site, facts: &PatFacts) -> Verification {
    let mut verification = Verification::default();
    let with = format!("a token of {}: {}/settings/tokens", subject.login, site.web);
    if !judge_binding(&mut verification, subject, facts.binding, &with) {
        return verification;
    }
    if let Some(fault) = facts.fault {
        let problem = format!("The secret {} {}", subject.secret_ref, fault.problem());
        let fix = if fault == TokenFault::PrivateKey {
            // The key may be another identity's, so do not advise overwriting it.
            let name =
                format!("--secret-ref NAME  # the name of a secret that holds a token of {}", subject.login);
            fixes::update(subject, &name)
        } else {
            fixes::put_secret(subject, &format!("only the token of {}, typed or pasted", subject.login))
        };
        return verification.failed("token_accepted", problem, fix);
    }
    let login = match &facts.account {
        Some(Ok(login)) => login,
        Some(Err(Refusal::Unauthorized)) => return rejected(verification, subject, site, facts),
        Some(Err(Refusal::Forbidden(cause))) => {
            let problem = cause.sentence("the token", &site.org);
            let fix = fixes::against(*cause, subject, facts.fine_grained, &site.org, site);
            return verification.failed("token_accepted", problem, fix);
        }
        Some(Err(refusal)) => return unanswered(verification, subject, "token_accepted", refusal),
        None => return unanswered(verification, subject, "token_accepted", &not_asked()),
    };
    verification.pass("token_accepted");
    // GitHub accepted the token, so one that expires this very moment was valid.
    if facts.expires_at.is_some_and(|end| end < facts.now) {
        return expired(verification, subject, site, facts);
    }
    verification.pass("token_current");
    if !login.eq_ignore_ascii_case(&subject.login) {
        let problem =
            format!("The token belongs to {login}, but the identity is registered for {}.", subject.login);
        let with = format!(
            "a token of {}; if {login} is right: {}",
            subject.login,
            fixes::update(subject, &format!("--login {login}"))
        );
        return verification.failed("account_matches", problem, fixes::put_secret(subject, &with));
    }
    verification.pass("account_matches");
    judge_sight(&mut verification, subject, site, facts.sees);
    if subject.places().next().is_some() {
        judge_owners(&mut verification, subject, site, facts);
    }
    verification
}

/// Checks that the token cannot see anything private. A PAT cannot be restricted to one repository
/// as an App's token can, and GitHub's responses may name other repositories than the requested
/// one. So it is safe only if it sees nothing private.
fn judge_sight(verification: &mut Verification, subject: &Subject, site: &Site, sees: TokenSees) {
    let problem = match sees {
        TokenSees::Public => return verification.pass("public_by_construction"),
        TokenSees::PrivateRepositories => {
            "The token has the scope repo: it can see private repositories, and GitHub's answers may name them."
        }
        TokenSees::More => "The token has scopes, so it can see more than public data.",
        TokenSees::Unsaid => {
            "GitHub does not report what a fine-grained token can see, so it may see private repositories."
        }
    };
    let with = format!(
        "a classic token of {} without any scope: {}/settings/tokens/new; or register a GitHub App installation",
        subject.login, site.web
    );
    verification.warn("public_by_construction", problem, fixes::put_secret(subject, &with));
}

/// Explains a rejected token. GitHub gives no reason; but the expiry is known if GitHub sent it,
/// and is likely for a fine-grained token.
fn rejected(
    mut verification: Verification,
    subject: &Subject,
    site: &Site,
    facts: &PatFacts,
) -> Verification {
    if facts.expires_at.is_some_and(|end| end <= facts.now) {
        return expired(verification, subject, site, facts);
    }
    if facts.fine_grained {
        let problem = "GitHub does not accept this fine-grained token: it has expired or was revoked.";
        let fix = fixes::put_secret(subject, &fixes::new_token(true, site));
        verification.fail("token_current", problem, fix);
        return verification;
    }
    let problem = "GitHub does not accept the token: it is wrong, expired or revoked.";
    verification.failed("token_accepted", problem, fixes::put_secret(subject, &fixes::new_token(false, site)))
}

fn expired(verification: Verification, subject: &Subject, site: &Site, facts: &PatFacts) -> Verification {
    let end = facts.expires_at.and_then(octopool_core::Timestamp::to_rfc3339).unwrap_or_default();
    let fix = fixes::put_secret(subject, &fixes::new_token(facts.fine_grained, site));
    verification.failed("token_current", format!("The token expired at {end}."), fix)
}

fn judge_owners(verification: &mut Verification, subject: &Subject, site: &Site, facts: &PatFacts) {
    let shut: Vec<_> = facts.reach.iter().chain(&facts.proof).filter_map(shut).collect();
    // An account that is not a member cannot see some repositories of the org that may well exist.
    let is_hidden = |owner: &str| {
        facts.member.as_ref().is_some_and(|member| *member != Ok(true))
            && owner.eq_ignore_ascii_case(&site.org)
    };
    let missing = facts.reach.iter().filter(|(_, reach)| matches!(reach, Reach::Missing));
    let missing =
        missing.map(|(place, _)| place).filter(|place| is_hidden(&place.owner)).map(ToString::to_string);
    let private = subject.private_owners().filter(|place| is_hidden(&place.owner));
    let hidden: Vec<_> =
        missing.chain(private.map(|place| format!("the private repositories of {place}"))).collect();
    if let Some((owner, cause)) = shut.first() {
        let mut owners: Vec<_> = shut.iter().map(|(owner, _)| *owner).collect();
        owners.dedup();
        let problem =
            format!("{} does not accept this token: {}", list(owners), cause.sentence("this token", owner));
        let fix = fixes::against(*cause, subject, facts.fine_grained, owner, site);
        verification.fail("owners_accessible", problem, fix);
    } else if let Some((_, Reach::Unanswered(error))) = &facts.proof {
        let so_far = std::mem::take(verification);
        *verification = unanswered(so_far, subject, "owners_accessible", &Refusal::from(error));
        return;
    } else if let Some(Err(unasked)) = &facts.member {
        judge_unasked(verification, subject, site, unasked);
    } else if hidden.is_empty() {
        // If GitHub did not reply for an owner, nothing is proven; `repositories_found` reports
        // that.
        if !facts.reach.iter().any(|(_, reach)| matches!(reach, Reach::Unanswered(_))) {
            verification.pass("owners_accessible");
        }
    } else {
        let problem =
            format!("{} is not a member of {} and cannot see {}.", subject.login, site.org, list(hidden));
        verification.fail("owners_accessible", problem, fixes::invite(&site.org, &subject.login));
    }
    judge_reach(verification, subject, &facts.reach, |place| !is_hidden(&place.owner));
}

/// The owner that shuts the token out, and why.
fn shut((place, reach): &(Place, Reach)) -> Option<(&str, Forbidden)> {
    match reach {
        Reach::Forbidden(cause) => Some((&place.owner, *cause)),
        Reach::Here | Reach::Renamed(_) | Reach::Missing | Reach::Unanswered(_) => None,
    }
}

/// The org token reads the membership, so the problem may be with that token.
fn judge_unasked(verification: &mut Verification, subject: &Subject, site: &Site, unasked: &Unasked) {
    const ORG_TOKEN: &str = "try again when `octopool doctor` reports no problem with the org token";
    let (why, note) = match unasked {
        Unasked::NoToken => ("The deployment has no org token.", ORG_TOKEN),
        Unasked::Refused(Refusal::Unavailable(problem)) => {
            verification.github_down = true;
            (problem.as_str(), "try again later; outages are on https://www.githubstatus.com")
        }
        Unasked::Refused(Refusal::Malformed(_)) => {
            verification.github_down = true;
            ("The answer is not one of GitHub's API.", CHECK_API_URL)
        }
        Unasked::Refused(Refusal::Limited) => {
            ("GitHub's rate limit for the org token is reached.", "try again after the limit is reset")
        }
        Unasked::Refused(_) => ("GitHub refused the request with the org token.", ORG_TOKEN),
    };
    let problem = format!("Could not check whether {} is a member of {}. {why}", subject.login, site.org);
    verification.fail("owners_accessible", problem, fixes::retry(subject, note));
}
