//! Personal access tokens.

use super::{judge_binding, judge_reach, list, not_asked, unanswered};
use crate::github::Reach;
use crate::github::probe::TokenSees;
use crate::identities::verify::facts::{PatFacts, Refusal, Site, Subject, Unasked};
use crate::identities::verify::{Verification, fixes};

/// The checks of a PAT.
pub(in crate::identities::verify) fn pat(subject: &Subject, site: &Site, facts: &PatFacts) -> Verification {
    let mut verification = Verification::default();
    let with = format!("a token of {}: {}/settings/tokens", subject.login, site.web);
    if !judge_binding(&mut verification, subject, facts.binding, &with) {
        return verification;
    }
    if facts.private_key {
        let problem = format!("The secret {} is a private key, not a token.", subject.secret_ref);
        // The key may be another identity's, so do not advise overwriting it.
        let with =
            format!("--secret-ref NAME  # the name of a secret that holds a token of {}", subject.login);
        return verification.failed("token_accepted", problem, fixes::update(subject, &with));
    }
    let login = match &facts.account {
        Some(Ok(login)) => login,
        Some(Err(Refusal::Unauthorized)) => return rejected(verification, subject, site, facts),
        // No organization can prevent a token from reading its own account, so this is a failure of
        // GitHub's.
        Some(Err(refusal)) => return unanswered(verification, subject, "token_accepted", refusal),
        None => return unanswered(verification, subject, "token_accepted", &not_asked()),
    };
    verification.pass("token_accepted");
    if facts.expires_at.is_some_and(|end| end <= facts.now) {
        return expired(verification, subject, site, facts);
    }
    verification.pass("token_current");
    if !login.eq_ignore_ascii_case(&subject.login) {
        let problem =
            format!("The token belongs to {login}, but the identity is registered for {}.", subject.login);
        let with = format!(
            "a token of {}; if {login} is right: octopool admin identities update {} --pool {} --login {login}",
            subject.login, subject.id, subject.pool
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
    let shut: Vec<_> = facts.reach.iter().filter(|(_, reach)| matches!(reach, Reach::Forbidden)).collect();
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
    if let Some((place, _)) = shut.first() {
        let mut owners: Vec<_> = shut.iter().map(|(place, _)| place.owner.as_str()).collect();
        owners.dedup();
        let problem = format!(
            "{} does not accept this token: it requires single sign-on, or its policy forbids such tokens.",
            list(owners)
        );
        verification.fail(
            "owners_accessible",
            problem,
            fixes::authorize_token(facts.fine_grained, &place.owner, site),
        );
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

/// The org token reads the membership, so the problem may be with that token.
fn judge_unasked(verification: &mut Verification, subject: &Subject, site: &Site, unasked: &Unasked) {
    const ORG_TOKEN: &str = "try again when `octopool doctor` reports no problem with the org token";
    let (why, note) = match unasked {
        Unasked::NoToken => ("The deployment has no org token.", ORG_TOKEN),
        Unasked::Refused(Refusal::Unavailable(problem)) => {
            verification.github_down = true;
            (problem.as_str(), "try again later; outages are on https://www.githubstatus.com")
        }
        Unasked::Refused(Refusal::Limited) => {
            ("GitHub's rate limit for the org token is reached.", "try again after the limit is reset")
        }
        Unasked::Refused(_) => ("GitHub refused the request with the org token.", ORG_TOKEN),
    };
    let problem = format!("Could not check whether {} is a member of {}. {why}", subject.login, site.org);
    verification.fail("owners_accessible", problem, fixes::retry(subject, note));
}
