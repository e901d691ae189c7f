//! Installations of the deployment's GitHub App.

use octopool_core::relay::READ_PERMISSIONS;
use octopool_core::{AccountLogin, Forbidden, InstallationId};

use super::{LARGEST_SKEW_SECONDS, difference, judge_binding, judge_reach, list, not_asked, unanswered};
use crate::github::probe::{Covered, InstallationView};
use crate::github::{Permissions, Place, Reach};
use crate::identities::verify::facts::{
    AppFacts, AppIdFault, KeyFault, MintedFacts, Refusal, Site, Subject, SubjectScope,
};
use crate::identities::verify::{Verification, fixes};
use crate::ports::app_key::AppKeyError;

const KEY_OF_ANOTHER_APP: &str = "GitHub does not accept the App's JWT: the key belongs to another App than the App id, or was deleted there.";
const SET_THE_CLOCK: &str =
    "sudo timedatectl set-ntp true  # on the machine that runs the Worker (not needed on Cloudflare)";

/// An installation and its facts.
struct Case<'a> {
    subject: &'a Subject,
    installation: i64,
    site: &'a Site,
    facts: &'a AppFacts,
}

/// The checks of an installation.
pub(in crate::identities::verify) fn app(
    subject: &Subject,
    installation: InstallationId,
    site: &Site,
    facts: &AppFacts,
) -> Verification {
    let mut verification = Verification::default();
    if !judge_binding(&mut verification, subject, facts.binding, "the whole file with the App's private key")
        || !judge_local(&mut verification, subject, site, facts)
    {
        return verification;
    }
    let case = Case { subject, installation: installation.get(), site, facts };
    match &facts.minted {
        Some(Ok(minted)) => {
            judge_clock(&mut verification, facts.skew);
            for name in ["app_accepted", "installation_found", "installation_active"] {
                verification.pass(name);
            }
            case.judge_scopes(verification, minted)
        }
        Some(Err(refusal)) => case.not_minted(verification, refusal),
        None => unanswered(verification, subject, "app_accepted", &not_asked()),
    }
}

/// The checks that need no request to GitHub.
fn judge_local(verification: &mut Verification, subject: &Subject, site: &Site, facts: &AppFacts) -> bool {
    let problem = match facts.app_id {
        None => None,
        Some(AppIdFault::Missing) => Some("The deployment has no App id."),
        Some(AppIdFault::Invalid) => Some("The App id is neither a number nor a client id."),
    };
    if let Some(problem) = problem {
        verification.fail("app_id_present", problem, fixes::put_app_id(subject, site));
        return false;
    }
    verification.pass("app_id_present");
    if let Some(fault) = facts.key {
        // The token may be another identity's, so do not advise overwriting it.
        let fix = if fault == KeyFault::Token {
            fixes::update(
                subject,
                "--secret-ref NAME  # the name of the secret that holds the App's private key",
            )
        } else {
            fixes::put_key(subject)
        };
        verification.fail("key_usable", key_problem(fault), fix);
        return false;
    }
    verification.pass("key_usable");
    true
}

/// Checks that the clocks agree, if GitHub's time is known. GitHub accepts some JWTs from a wrong
/// clock, so an accepted JWT proves nothing.
fn judge_clock(verification: &mut Verification, skew: Option<i64>) -> bool {
    let Some(skew) = skew else { return true };
    let agrees = skew.abs() <= LARGEST_SKEW_SECONDS;
    if agrees {
        verification.pass("clock_agrees");
    } else {
        verification.fail("clock_agrees", difference(skew), SET_THE_CLOCK);
    }
    agrees
}

fn key_problem(fault: KeyFault) -> &'static str {
    match fault {
        KeyFault::Token => "The secret is a token, not a private key.",
        KeyFault::Unreadable(AppKeyError::Encrypted) => {
            "The private key has a passphrase. GitHub provides keys without one; use that file, or remove the passphrase with `openssl rsa`."
        }
        KeyFault::Unreadable(AppKeyError::OpenSsh) => {
            "The private key is in OpenSSH's form, which is for SSH. Use the file that GitHub provided for the App."
        }
        KeyFault::Unreadable(AppKeyError::NotPem) => {
            "The secret is not a private key in PEM. Use the whole file that GitHub provided, with its first and last line."
        }
        KeyFault::Unreadable(AppKeyError::BrokenDer) => {
            "The private key is damaged or truncated. Use the whole file that GitHub provided."
        }
        KeyFault::Unreadable(AppKeyError::NotRsa) => "The secret is PEM, but not an RSA private key.",
        KeyFault::Unusable => "The private key has the right form, but signing with it fails.",
    }
}

impl Case<'_> {
    /// Explains why no token was minted
    /// (<https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>).
    fn not_minted(&self, mut verification: Verification, refusal: &Refusal) -> Verification {
        let Self { subject, site, facts, .. } = self;
        // The clock comes first: a JWT from the future or the past is refused like one signed with
        // a wrong key.
        if !judge_clock(&mut verification, facts.skew) && *refusal == Refusal::Unauthorized {
            return verification;
        }
        match (refusal, &facts.known, &facts.installation) {
            (Refusal::Unauthorized, _, _) => {
                verification.failed("app_accepted", KEY_OF_ANOTHER_APP, fixes::put_key(subject))
            }
            (Refusal::NotFound, Some(Err(Refusal::NotFound | Refusal::Unauthorized)), _) => verification
                .failed(
                    "app_accepted",
                    "GitHub has no App with this App id.",
                    fixes::put_app_id(subject, site),
                ),
            (Refusal::NotFound, Some(Err(refusal)), _) => {
                unanswered(verification, subject, "app_accepted", refusal)
            }
            (Refusal::NotFound, Some(Ok(app)), _) => {
                verification.pass("app_accepted");
                let owner = subject.places().next().map_or(site.org.as_str(), |place| &place.owner);
                let problem = format!("The App has no installation {}.", self.installation);
                verification.failed(
                    "installation_found",
                    problem,
                    fixes::other_installation(subject, owner, app.page.as_deref(), site),
                )
            }
            (Refusal::Forbidden(_), _, Some(Ok(view))) if view.suspended => {
                verification.pass("app_accepted");
                verification.pass("installation_found");
                let owner = view.account.as_ref().map_or(site.org.as_str(), AccountLogin::as_str);
                let page = fixes::page_of(Some(view), owner, self.installation, site);
                let fix = fixes::installation_page(&page, "Unsuspend");
                verification.failed(
                    "installation_active",
                    format!("{owner} has suspended the installation."),
                    fix,
                )
            }
            (Refusal::Forbidden(cause), _, view) => {
                let view = view.as_ref().and_then(|view| view.as_ref().ok());
                let owner = view
                    .and_then(|view| view.account.as_ref())
                    .map_or(site.org.as_str(), AccountLogin::as_str);
                let problem = cause.sentence("the App", owner);
                let fix = match cause {
                    Forbidden::IpAllowList | Forbidden::InstallationSuspended => {
                        fixes::against(*cause, subject, false, owner, site)
                    }
                    // The others are about tokens of people.
                    _ => fixes::retry(subject, "try again later"),
                };
                verification.failed("installation_active", problem, fix)
            }
            (refusal, _, _) => unanswered(verification, subject, "installation_active", refusal),
        }
    }

    fn judge_scopes(&self, mut verification: Verification, minted: &MintedFacts) -> Verification {
        let Self { subject, site, facts, .. } = self;
        if let Some(Err(refusal)) = &facts.covered {
            return unanswered(verification, subject, "account_matches", refusal);
        }
        if let Some(Err(refusal)) = &facts.installation {
            return unanswered(verification, subject, "account_matches", refusal);
        }
        let view = facts.installation.as_ref().and_then(|view| view.as_ref().ok());
        let account = self.covered().and_then(|covered| covered.account.as_ref());
        let account = account.or_else(|| view.and_then(|view| view.account.as_ref()));
        let Some(account) = account.map(AccountLogin::as_str) else {
            let problem =
                Refusal::Unavailable("GitHub does not say which account the installation is on.".to_owned());
            return unanswered(verification, subject, "account_matches", &problem);
        };
        if view.is_some_and(|view| view.enterprise) {
            let problem = format!(
                "The App is installed on the enterprise {account}, which has no repositories: an installation on an \
                 organization of it is needed."
            );
            let app =
                view.and_then(|view| view.slug.as_ref()).map(|slug| fixes::app_page(slug.as_str(), site));
            let fix = fixes::other_installation(subject, &site.org, app.as_deref(), site);
            return verification.failed("account_matches", problem, fix);
        }
        judge_account(&mut verification, subject, site, account, view);
        if let Some(view) = view {
            judge_login(&mut verification, subject, view);
        }
        let selected = minted.selected.or_else(|| view.and_then(|view| view.selected));
        self.judge_coverage(&mut verification, account, selected);
        let permissions = minted.permissions.as_ref().or(view.and_then(|view| view.permissions.as_ref()));
        let Some(permissions) = permissions else {
            let problem = "GitHub does not say what the installation may do.".to_owned();
            return unanswered(verification, subject, "permissions_suffice", &Refusal::Unavailable(problem));
        };
        let slug = view.and_then(|view| view.slug.as_ref()).map(AccountLogin::as_str);
        let page = fixes::page_of(view, account, self.installation, site);
        let fix = || fixes::permissions_page(slug, &page, site);
        judge_permissions(&mut verification, permissions, fix);
        verification
    }

    /// Checks that the installation covers the repositories of the scopes, and that they exist.
    fn judge_coverage(&self, verification: &mut Verification, account: &str, selected: Option<bool>) {
        let Self { subject, facts, .. } = self;
        let own: Vec<_> =
            subject.places().filter(|place| place.owner.eq_ignore_ascii_case(account)).collect();
        if own.is_empty() {
            return;
        }
        let Some(selected) = selected else {
            let problem = "GitHub does not say which repositories the installation covers.".to_owned();
            let so_far = std::mem::take(verification);
            *verification =
                unanswered(so_far, subject, "repositories_selected", &Refusal::Unavailable(problem));
            return;
        };
        // A repository that was not looked up counts as not found; whether it is selected is
        // checked below.
        let is_proven =
            |place: &&&Place| place.repo.is_none() || self.is_listed(place) || self.seen(place).is_some();
        if facts.narrowed == Some(Ok(())) || own.iter().filter(is_proven).count() == own.len() {
            // If repositories are selected, a missing one may be private and not selected.
            judge_reach(verification, subject, &facts.reach, |_| !selected);
        }
        if facts.reach.iter().any(|(_, reach)| matches!(reach, Reach::Unanswered(_))) {
            return;
        }
        if !selected {
            return verification.pass("repositories_selected");
        }
        let is_whole = |scope: &&SubjectScope| {
            scope.place.as_ref().is_some_and(|place| place.repo.is_none() && own.contains(&place))
        };
        if let Some(whole) = subject.scopes.iter().find(is_whole) {
            let problem = format!(
                "The installation covers selected repositories only, and a scope names all of {account}."
            );
            let update = fixes::update(subject, &format!("{} {account}/REPO", fixes::option(whole, true)));
            let note = format!("\"All repositories\"; or name the selected ones: {update}");
            let view = facts.installation.as_ref().and_then(|view| view.as_ref().ok());
            let page = fixes::page_of(view, account, self.installation, self.site);
            let fix = fixes::installation_page(&page, &note);
            return verification.fail("repositories_selected", problem, fix);
        }
        self.judge_selection(verification, own);
    }

    /// Checks that the repositories are among the selected ones.
    fn judge_selection(&self, verification: &mut Verification, named: Vec<&Place>) {
        let unproven: Vec<_> = named.into_iter().filter(|place| !self.is_listed(place)).collect();
        let (missing, problem) = match &self.facts.narrowed {
            Some(Ok(())) => (Vec::new(), ""),
            Some(Err(Refusal::Unprocessable)) => {
                (unproven, "At least one of these is not selected for the installation, or does not exist")
            }
            Some(Err(refusal)) => {
                let so_far = std::mem::take(verification);
                *verification = unanswered(so_far, self.subject, "repositories_selected", refusal);
                return;
            }
            None => {
                // Renamed ones are reported by `repositories_found`.
                let is_open = |place: &&Place| !matches!(self.seen(place), Some(Reach::Renamed(_)));
                let open: Vec<_> = unproven.into_iter().filter(is_open).collect();
                let hidden = open.iter().any(|place| matches!(self.seen(place), Some(Reach::Missing)));
                (
                    open,
                    if hidden {
                        "Not selected for the installation, or nonexistent"
                    } else {
                        "Not selected for the installation"
                    },
                )
            }
        };
        if missing.is_empty() {
            return verification.pass("repositories_selected");
        }
        let fix = fixes::select(self.installation, &missing);
        verification.fail("repositories_selected", format!("{problem}: {}.", list(&missing)), fix);
    }

    fn covered(&self) -> Option<&Covered> {
        self.facts.covered.as_ref()?.as_ref().ok()
    }

    fn is_listed(&self, place: &Place) -> bool {
        let repo = place.repo.as_deref().unwrap_or_default();
        self.covered().is_some_and(|covered| covered.names.iter().any(|name| name.eq_ignore_ascii_case(repo)))
    }

    fn seen(&self, place: &Place) -> Option<&Reach> {
        self.facts.reach.iter().find(|(known, _)| known == place).map(|(_, reach)| reach)
    }
}

/// An installation serves the account that it is on, and no other.
fn judge_account(
    verification: &mut Verification,
    subject: &Subject,
    site: &Site,
    account: &str,
    view: Option<&InstallationView>,
) {
    let is_own = |place: &Place| place.owner.eq_ignore_ascii_case(account);
    let foreign: Vec<_> = subject.places().filter(|place| !is_own(place)).collect();
    let Some(first) = foreign.first() else { return verification.pass("account_matches") };
    let problem = format!("The installation is on {account}, and the scopes name {}.", list(&foreign));
    let fix = if subject.places().any(is_own) {
        fixes::rescope(subject, |place| is_own(place).then(|| place.to_string()))
    } else {
        let slug = view.and_then(|view| view.slug.as_ref());
        let app = slug.map(|slug| fixes::app_page(slug.as_str(), site));
        fixes::other_installation(subject, &first.owner, app.as_deref(), site)
    };
    verification.fail("account_matches", problem, fix);
}

/// An App acts under its slug.
fn judge_login(verification: &mut Verification, subject: &Subject, view: &InstallationView) {
    let Some(slug) = &view.slug else {
        let problem =
            Refusal::Unavailable("GitHub does not say which App the installation belongs to.".to_owned());
        *verification = unanswered(std::mem::take(verification), subject, "login_matches", &problem);
        return;
    };
    let login = format!("{slug}[bot]");
    // People and GitHub's pages name an App by its slug as well.
    let is_same = |name: &str| name.eq_ignore_ascii_case(&subject.login);
    if is_same(&login) || is_same(slug.as_str()) {
        return verification.pass("login_matches");
    }
    let problem =
        format!("The App's login is {login}, but the identity is registered for {}.", subject.login);
    verification.fail("login_matches", problem, fixes::update(subject, &format!("--login '{login}'")));
}

fn judge_permissions(
    verification: &mut Verification,
    permissions: &Permissions,
    fix: impl FnOnce() -> String,
) {
    let missing = READ_PERMISSIONS.into_iter().filter(|name| !permissions.contains_key(*name));
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() {
        return verification.pass("permissions_suffice");
    }
    verification.fail(
        "permissions_suffice",
        format!("The installation may not read {}.", list(missing)),
        fix(),
    );
}
