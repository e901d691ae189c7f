//! The requests of a verification: at most three to GitHub for an identity, each chosen by what the
//! previous ones left open.

use octopool_core::{AccountLogin, Forbidden, InstallationId, Timestamp, looks_like_credential};
use secrecy::{ExposeSecret as _, SecretString};

use super::facts::{
    AppFacts, AppIdFault, Binding, KeyFault, MintedFacts, PatFacts, Refusal, Subject, TokenFault, Unasked,
};
use crate::app::App;
use crate::config::{ORG_TOKEN, RESERVED_BINDINGS, identity_secret};
use crate::github::app_jwt::AppJwt;
use crate::github::probe::{Covered, Probed, TokenSees};
use crate::github::{Account, GithubError, MembershipState, Place, Reach, TokenBounds};
use crate::identities::credential::{CredentialError, app_jwt};
use crate::ports::Bound;

/// The prefix of fine-grained tokens
/// (<https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats>).
const FINE_GRAINED: &str = "github_pat_";

/// The prefixes of GitHub's other tokens.
const TOKENS: [&str; 5] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"];

/// Whether a secret has the form of a token, however short; before 2021 they were forty hexadecimal
/// digits.
fn is_token(secret: &str) -> bool {
    let secret = secret.trim();
    let has_prefix = |prefix: &&str| secret.starts_with(*prefix);
    TOKENS.iter().chain([&FINE_GRAINED]).any(has_prefix)
        || looks_like_credential(secret) && !secret.contains("-----BEGIN")
}

fn binding(app: &App, name: &str) -> (Binding, Option<SecretString>) {
    let secrets = app.ports.secrets.as_ref();
    let secret = identity_secret(secrets, name);
    let binding = match (&secret, secrets.bound(name)) {
        (Some(_), _) => Binding::Filled,
        (None, _) if RESERVED_BINDINGS.contains(&name) => Binding::Reserved,
        (None, Bound::Text(_)) => Binding::Blank,
        (None, Bound::Other) => Binding::Other,
        (None, Bound::Missing) => Binding::Missing,
    };
    (binding, secret)
}

/// Reads a PAT's account; what it can see of the scopes, in one request for any number of them;
/// and, if it cannot see something of the deployment's org or is meant for private repositories
/// there, whether its account is a member.
pub(super) async fn ask_pat(app: &App, subject: &Subject) -> PatFacts {
    let (binding, secret) = binding(app, &subject.secret_ref);
    let mut facts = PatFacts {
        binding,
        fault: None,
        fine_grained: false,
        account: None,
        expires_at: None,
        sees: TokenSees::Unsaid,
        reach: Vec::new(),
        proof: None,
        member: None,
        now: app.now(),
    };
    let Some(secret) = secret else { return facts };
    facts.fault = TokenFault::of(secret.expose_secret());
    if facts.fault.is_some() {
        return facts;
    }
    facts.fine_grained = secret.expose_secret().starts_with(FINE_GRAINED);
    let user = app.github().probe_user(&secret).await;
    facts.expires_at = user.token_expires_at;
    facts.sees = user.sees;
    facts.account = Some(answer(&user).map(|account| account.login.to_string()));
    let Ok(account) = user.answer else { return facts };
    if !account.login.as_str().eq_ignore_ascii_case(&subject.login) {
        return facts;
    }
    let places: Vec<_> = subject.places().cloned().collect();
    let (reach, sample) = app.github().reach_with_sample(&places, &secret).await;
    let is_of_org = |place: &Place| place.owner.eq_ignore_ascii_case(app.config.allowed_org.as_str());
    let misses = |(place, reach): (&Place, &Reach)| matches!(reach, Reach::Missing) && is_of_org(place);
    if places.iter().zip(&reach).any(misses) || subject.private_owners().any(is_of_org) {
        facts.member = Some(member(app, &account).await);
    } else if let Some(sample) = sample {
        // GraphQL may show what REST refuses, and the relay reads by REST.
        let read = app.github().reach(std::slice::from_ref(&sample), &secret).await;
        facts.proof = read.into_iter().next().map(|read| match read {
            // GitHub lists it, so that it is there and refused.
            Reach::Missing => (sample, Reach::Forbidden(Forbidden::Unexplained)),
            read => (sample, read),
        });
    }
    facts.reach = places.into_iter().zip(reach).collect();
    facts
}

/// Whether an account is a member of the deployment's org.
async fn member(app: &App, account: &Account) -> Result<bool, Unasked> {
    let token = app.ports.secrets.find(ORG_TOKEN).ok_or(Unasked::NoToken)?;
    let membership = app.github().org_membership(&app.config.allowed_org, &account.login, &token).await;
    let membership = membership.map_err(|error| Unasked::Refused(Refusal::from(&error)))?;
    if membership.as_ref().is_some_and(|membership| membership.account != account.id) {
        let problem = "GitHub's answer about the membership is about another account.";
        return Err(Unasked::Refused(Refusal::Unavailable(problem.to_owned())));
    }
    Ok(membership.is_some_and(|membership| membership.state == MembershipState::Active))
}

/// Requests a token of the installation, which has its permissions; then the installation or the
/// repositories that it covers; and a third request for what is still open.
pub(super) async fn ask_app(app: &App, subject: &Subject, installation: InstallationId) -> AppFacts {
    let (binding, secret) = binding(app, &subject.secret_ref);
    let mut facts = AppFacts {
        binding,
        app_id: None,
        key: None,
        skew: None,
        minted: None,
        known: None,
        installation: None,
        covered: None,
        narrowed: None,
        reach: Vec::new(),
    };
    if facts.binding != Binding::Filled {
        return facts;
    }
    match app_jwt(app, &subject.secret_ref, subject.app_id.as_ref()).await {
        Ok(jwt) => ask_with(app, subject, installation, &jwt, &mut facts).await,
        Err(CredentialError::AppIdMissing) => facts.app_id = Some(AppIdFault::Missing),
        Err(CredentialError::AppIdInvalid) => facts.app_id = Some(AppIdFault::Invalid),
        Err(CredentialError::Key(_)) if secret.is_some_and(|secret| is_token(secret.expose_secret())) => {
            facts.key = Some(KeyFault::Token);
        }
        Err(CredentialError::Key(error)) => facts.key = Some(KeyFault::Unreadable(error)),
        Err(_) => facts.key = Some(KeyFault::Unusable),
    }
    facts
}

async fn ask_with(
    app: &App,
    subject: &Subject,
    installation: InstallationId,
    jwt: &AppJwt,
    facts: &mut AppFacts,
) {
    let github = app.github();
    let sent = app.now();
    let minted = github.probe_mint(installation, jwt, &TokenBounds::default()).await;
    facts.skew = minted.date.map(|date| skew(date, sent, app.now()));
    let refusal = answer(&minted).err();
    facts.minted =
        Some(answer(&minted).map(|minted| MintedFacts {
            permissions: minted.permissions.clone(),
            selected: minted.selected,
        }));
    match (minted.answer, refusal) {
        (Ok(minted), _) => {
            let selected = minted.selected == Some(true);
            ask_with_token(app, subject, (installation, jwt), (&minted.token.token, selected), facts).await;
        }
        // Either the App or the installation does not exist.
        (Err(_), Some(Refusal::NotFound)) => {
            let known = github.probe_app(jwt).await;
            facts.known = Some(answer(&known).cloned());
        }
        // A suspended installation gets no token; the installation itself has the reason.
        (Err(_), Some(Refusal::Forbidden(_))) => {
            let view = github.probe_installation(installation, jwt).await;
            facts.installation = Some(answer(&view).cloned());
        }
        (Err(_), _) => {}
    }
}

/// Compares the scopes' repositories with the installation's. If it covers all of an account's,
/// only their existence is open. If some are selected, the list proves which; those that it does
/// not name are requested, too.
async fn ask_with_token(
    app: &App,
    subject: &Subject,
    (installation, jwt): (InstallationId, &AppJwt),
    (token, selected): (&SecretString, bool),
    facts: &mut AppFacts,
) {
    let github = app.github();
    let named: Vec<_> = subject.places().filter(|place| place.repo.is_some()).cloned().collect();
    if selected && !named.is_empty() {
        let covered = github.probe_covered(token).await;
        let view = answer(&covered).cloned();
        facts.covered = Some(view.clone());
        let Ok(covered) = view else { return };
        let open = unlisted(named, &covered);
        // The list does not name the App. If it leaves nothing open, a request is left to read
        // that.
        if covered.account.is_none() || open.is_empty() {
            let view = github.probe_installation(installation, jwt).await;
            facts.installation = Some(answer(&view).cloned());
            return;
        }
        if covered.complete {
            let reach = github.reach(&open, token).await;
            facts.reach = open.into_iter().zip(reach).collect();
        } else {
            let bounds = TokenBounds {
                repositories: open.into_iter().filter_map(|place| place.repo).collect(),
                ..TokenBounds::default()
            };
            let narrowed = github.probe_mint(installation, jwt, &bounds).await;
            facts.narrowed = Some(answer(&narrowed).map(|_| ()));
        }
        return;
    }
    let view = github.probe_installation(installation, jwt).await;
    let account = view.answer.as_ref().ok().and_then(|view| view.account.clone());
    facts.installation = Some(answer(&view).cloned());
    if !named.is_empty() && view.answer.is_ok_and(|view| view.selected == Some(true)) {
        // The token did not say whether repositories are selected, so the list is read.
        facts.covered = Some(answer(&github.probe_covered(token).await).cloned());
        return;
    }
    let open: Vec<_> = named.into_iter().filter(|place| is_of(place, account.as_ref())).collect();
    let reach = github.reach(&open, token).await;
    facts.reach = open.into_iter().zip(reach).collect();
}

/// The repositories of the covered account that are not on the page.
fn unlisted(named: Vec<Place>, covered: &Covered) -> Vec<Place> {
    let is_listed = |place: &Place| {
        place
            .repo
            .as_ref()
            .is_some_and(|repo| covered.names.iter().any(|name| name.eq_ignore_ascii_case(repo)))
    };
    named.into_iter().filter(|place| is_of(place, covered.account.as_ref()) && !is_listed(place)).collect()
}

fn is_of(place: &Place, account: Option<&AccountLogin>) -> bool {
    account.is_some_and(|account| account.as_str().eq_ignore_ascii_case(&place.owner))
}

fn answer<T>(probed: &Probed<T>) -> Result<&T, Refusal> {
    probed.answer.as_ref().map_err(|error: &GithubError| Refusal::from(error))
}

/// The number of seconds that our clock is ahead of GitHub's, which was read at some time between
/// the request and the response.
pub(crate) fn skew(theirs: Timestamp, sent: Timestamp, received: Timestamp) -> i64 {
    let theirs = theirs.as_seconds();
    let (sent, received) = (sent.as_seconds(), received.as_seconds());
    if theirs < sent { sent - theirs } else { (received - theirs).min(0) }
}

#[cfg(test)]
mod tests {
    use octopool_core::Timestamp;

    use super::skew;

    #[test]
    fn the_time_of_an_exchange_is_no_difference() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        for (theirs, expected) in [(100, 0), (107, 0), (110, 0), (111, -1), (99, 1), (40, 60), (700, -590)] {
            assert_eq!(skew(at(theirs), at(100), at(110)), expected, "{theirs}");
        }
    }
}
