//! Tables: facts, the check that fails, and the command that fixes it.

use std::cell::RefCell;

use http::StatusCode;
use octopool_core::{AccountLogin, AppId, Forbidden, InstallationId, Timestamp};

use super::{app, pat};
use crate::github::probe::{AppView, Covered, InstallationView, TokenSees};
use crate::github::rate_limit::RateLimitHeaders;
use crate::github::{GithubError, Permissions, Place, Reach};
use crate::identities::verify::facts::{
    AppFacts, AppIdFault, Binding, KeyFault, MintedFacts, PatFacts, Refusal, Site, Subject, SubjectScope,
    TokenFault, Unasked,
};
use crate::identities::verify::{Check, Verification};
use crate::ports::app_key::AppKeyError;

fn place(text: &str) -> Place {
    let (owner, repo) = text.split_once('/').map_or((text, None), |(owner, repo)| (owner, Some(repo)));
    Place { owner: owner.to_owned(), repo: repo.map(str::to_owned) }
}

fn subject(installation: Option<i64>, scopes: &[&str]) -> Subject {
    let scopes = scopes.iter().map(|scope| SubjectScope {
        place: (*scope != "*").then(|| place(scope)),
        allow_private: scope.contains('/'),
    });
    Subject {
        registered: true,
        id: "one".to_owned(),
        pool: "team".to_owned(),
        login: if installation.is_some() { "octopool-acme[bot]" } else { "mona" }.to_owned(),
        secret_ref: "SECRET".to_owned(),
        installation: installation.map(|id| InstallationId::new(id).unwrap()),
        app_id: None,
        scopes: scopes.collect(),
    }
}

fn site() -> Site {
    Site::new("https://api.github.com", "acme")
}

/// The checks that failed, with their fixes.
fn faults(verification: &Verification) -> Vec<(&'static str, String)> {
    let faults =
        verification.checks.iter().filter_map(|check| Some((check.name, check.fault.as_ref()?.fix.clone())));
    faults.collect()
}

thread_local! {
    /// What the tests of this thread brought about, for the table of problems.
    static SEEN: RefCell<Vec<Check>> = const { RefCell::new(Vec::new()) };
}

/// Tells the table of problems what was brought about.
fn seen(verification: &Verification) {
    SEEN.with_borrow_mut(|seen| seen.extend(verification.checks.iter().cloned()));
}

/// Runs the tests that bring problems about, and answers each check with the name of its test.
pub(crate) fn provoked() -> Vec<(&'static str, Check)> {
    macro_rules! tests {
        ($($name:ident),+ $(,)?) => { [$((stringify!($name), $name as fn())),+] };
    }
    let tests = tests![
        each_fault_of_a_pat_has_a_check_and_a_command_of_its_own,
        what_is_no_token_is_called_what_it_is,
        a_403_has_the_cause_and_the_advice_that_fits_it,
        a_token_that_may_see_private_data_is_warned_of_and_passes,
        what_a_pat_sees_of_its_scopes_decides_what_is_wrong_with_them,
        a_scope_that_github_did_not_speak_of_does_not_pass,
        a_membership_that_nobody_could_ask_for_proves_nothing,
        what_was_not_asked_or_not_said_does_not_pass,
        each_fault_before_there_is_a_token_has_a_check_and_a_command_of_its_own,
        each_fault_of_an_installation_that_gets_a_token_has_a_check_and_a_command_of_its_own,
        an_enterprise_has_no_repositories_and_its_page_is_githubs,
        a_fix_of_a_refused_registration_names_no_identity_that_does_not_exist,
    ];
    let mut all = Vec::new();
    for (name, test) in tests {
        SEEN.take();
        test();
        all.extend(SEEN.take().into_iter().map(|check| (name, check)));
    }
    all
}

#[track_caller]
fn only(verification: &Verification, check: &str, fix: &str) {
    seen(verification);
    let faults = faults(verification);
    assert!(
        faults.len() == 1 && faults[0].0 == check && faults[0].1.starts_with(fix),
        "{check}, {fix}: {verification:#?}"
    );
}

fn pat_facts(reach: Vec<(&str, Reach)>) -> PatFacts {
    PatFacts {
        binding: Binding::Filled,
        fault: None,
        fine_grained: false,
        account: Some(Ok("Mona".to_owned())),
        expires_at: None,
        sees: TokenSees::Public,
        reach: reach.into_iter().map(|(name, reach)| (place(name), reach)).collect(),
        proof: None,
        member: None,
        now: Timestamp::from_millis(1_000_000),
    }
}

#[test]
fn a_token_that_may_see_private_data_is_warned_of_and_passes() {
    for (sees, words) in [
        (TokenSees::Public, ""),
        (TokenSees::PrivateRepositories, "private repositories"),
        (TokenSees::More, "more than public data"),
        (TokenSees::Unsaid, "does not report"),
    ] {
        let facts = PatFacts { sees, ..pat_facts(Vec::new()) };
        let verification = pat(&subject(None, &[]), &site(), &facts);
        seen(&verification);
        assert!(verification.passed());
        let checks = verification.checks.into_iter();
        let warnings: Vec<_> = checks.filter_map(|check| Some((check.name, check.warning?))).collect();
        match warnings.as_slice() {
            [] => assert_eq!(sees, TokenSees::Public),
            [(name, warning)] => {
                assert_eq!(*name, "public_by_construction");
                assert!(warning.problem.contains(words), "{}", warning.problem);
                assert!(warning.fix.starts_with("npx wrangler secret put SECRET  # a classic token"));
            }
            more => panic!("{more:?}"),
        }
    }
}

#[test]
fn a_pat_without_faults_passes_every_check() {
    let facts = pat_facts(vec![("acme/rocket", Reach::Here), ("acme", Reach::Here)]);
    let verification = pat(&subject(None, &["acme/rocket", "acme", "*"]), &site(), &facts);
    let names: Vec<_> = verification.checks.iter().map(|check| check.name).collect();
    let all = [
        "secret_present",
        "token_accepted",
        "token_current",
        "account_matches",
        "public_by_construction",
        "owners_accessible",
        "repositories_found",
    ];
    assert_eq!(names, all);
    assert!(verification.passed());
    let verification = pat(&subject(None, &["*"]), &site(), &pat_facts(Vec::new()));
    assert_eq!(verification.checks.len(), 5, "of `*` there is nothing to look at");
}

#[test]
fn each_fault_of_a_pat_has_a_check_and_a_command_of_its_own() {
    let put = "npx wrangler secret put SECRET";
    let end = Some(Timestamp::from_millis(999_999));
    let unauthorized = || Some(Err(Refusal::Unauthorized));
    let good = || pat_facts(vec![("acme/rocket", Reach::Here)]);
    let table = [
        (PatFacts { binding: Binding::Missing, account: None, ..good() }, "secret_present", put),
        (PatFacts { binding: Binding::Blank, account: None, ..good() }, "secret_present", put),
        (
            PatFacts { binding: Binding::Reserved, account: None, ..good() },
            "secret_present",
            "octopool admin identities update one --pool team --secret-ref NAME",
        ),
        (
            PatFacts { fault: Some(TokenFault::PrivateKey), account: None, ..good() },
            "token_accepted",
            "octopool admin identities update one --pool team --secret-ref NAME",
        ),
        (
            PatFacts { account: unauthorized(), ..good() },
            "token_accepted",
            "npx wrangler secret put SECRET  # a new token from https://github.com/settings/tokens",
        ),
        (
            PatFacts { account: unauthorized(), fine_grained: true, ..good() },
            "token_current",
            "npx wrangler secret put SECRET  # a new token from https://github.com/settings/personal-access-tokens",
        ),
        (PatFacts { account: unauthorized(), expires_at: end, ..good() }, "token_current", put),
        (PatFacts { expires_at: end, ..good() }, "token_current", put),
        (PatFacts { account: Some(Ok("hubot".to_owned())), ..good() }, "account_matches", put),
        (
            PatFacts { account: Some(Err(Refusal::Limited)), ..good() },
            "token_accepted",
            "octopool admin identities verify one --pool team  # try again after",
        ),
        (
            PatFacts { account: Some(Err(Refusal::Unavailable("Down.".to_owned()))), ..good() },
            "token_accepted",
            "octopool admin identities verify one --pool team  # try again later",
        ),
    ];
    for (facts, check, fix) in table {
        only(&pat(&subject(None, &["acme/rocket"]), &site(), &facts), check, fix);
    }
}

#[test]
fn a_missing_and_a_blank_binding_are_told_apart_in_words() {
    let problem = |binding| {
        let facts = PatFacts { binding, account: None, ..pat_facts(Vec::new()) };
        pat(&subject(None, &[]), &site(), &facts).checks[0].fault.clone().unwrap().problem
    };
    assert_eq!(problem(Binding::Missing), "The deployment has no secret named SECRET.");
    assert_eq!(problem(Binding::Blank), "The secret SECRET is blank.");
}

#[test]
fn a_403_has_the_cause_and_the_advice_that_fits_it() {
    for (cause, words, fix) in [
        (
            Forbidden::SingleSignOn,
            "single sign-on",
            "open https://github.com/settings/tokens  # \"Configure SSO\"",
        ),
        (
            Forbidden::ClassicToken,
            "(classic)",
            "npx wrangler secret put SECRET  # a fine-grained token of mona",
        ),
        (
            Forbidden::FineGrainedToken,
            "fine-grained",
            "open https://github.com/settings/personal-access-tokens",
        ),
        (Forbidden::TokenLifetime, "lifetime", "npx wrangler secret put SECRET"),
        (Forbidden::IpAllowList, "not fixed", "open https://github.com/organizations/acme/settings/security"),
        (
            Forbidden::Integration,
            "installation token",
            "npx wrangler secret put SECRET  # a personal access token",
        ),
        (
            Forbidden::AccountSuspended,
            "suspended the account",
            "npx wrangler secret put SECRET  # a token of another",
        ),
        (Forbidden::Scope, "lacks a scope", "npx wrangler secret put SECRET"),
        (Forbidden::Permission, "lacks a permission", "npx wrangler secret put SECRET"),
        (Forbidden::OauthApp, "OAuth Apps", "npx wrangler secret put SECRET"),
        (Forbidden::NotAMember, "members of acme", "gh api --method PUT orgs/acme/memberships/mona"),
        (
            Forbidden::Blocked,
            "has blocked access",
            "octopool admin identities update one --pool team --scope OWNER/REPO",
        ),
        (Forbidden::Unexplained, "without a cause", "open https://github.com/settings/tokens"),
    ] {
        let refused = PatFacts { account: Some(Err(Refusal::Forbidden(cause))), ..pat_facts(Vec::new()) };
        let shut = pat_facts(vec![("acme/rocket", Reach::Forbidden(cause))]);
        let proof = Some((place("acme/rocket"), Reach::Forbidden(cause)));
        let unproven = PatFacts { proof, ..pat_facts(vec![("acme", Reach::Here)]) };
        for (facts, check) in
            [(refused, "token_accepted"), (shut, "owners_accessible"), (unproven, "owners_accessible")]
        {
            let verification = pat(&subject(None, &["acme/rocket"]), &site(), &facts);
            only(&verification, check, fix);
            let problem = &verification.checks.iter().find_map(|check| check.fault.as_ref()).unwrap().problem;
            assert!(problem.contains(words), "{problem}");
        }
    }
}

#[test]
fn what_is_no_token_is_called_what_it_is() {
    for (secret, fault, words) in [
        ("-----BEGIN RSA PRIVATE KEY-----\nMII", TokenFault::PrivateKey, "private key"),
        ("\u{feff}ghp_a", TokenFault::ByteOrderMark, "byte order mark"),
        ("ghp_a\nghp_b", TokenFault::SeveralLines, "several lines"),
        ("ghp_a\r\n# mona", TokenFault::SeveralLines, "several lines"),
        ("Bearer ghp_a", TokenFault::Scheme, "`Bearer`"),
        ("token ghp_a", TokenFault::Scheme, "`token`"),
        ("\"ghp_a\"", TokenFault::Quoted, "quotes"),
        ("ghp_a b", TokenFault::Characters, "space"),
        ("ghp_ä", TokenFault::Characters, "character"),
    ] {
        assert_eq!(TokenFault::of(secret), Some(fault), "{secret:?}");
        let facts = PatFacts { fault: Some(fault), account: None, ..pat_facts(Vec::new()) };
        let verification = pat(&subject(None, &["acme"]), &site(), &facts);
        seen(&verification);
        let problem = &verification.checks[1].fault.as_ref().unwrap().problem;
        assert!(problem.starts_with("The secret SECRET ") && problem.contains(words), "{problem}");
    }
    assert_eq!(TokenFault::of("ghp_a"), None);
}

#[test]
fn a_token_that_expires_this_moment_is_current_if_github_accepts_it() {
    let now = pat_facts(Vec::new()).now;
    let facts = PatFacts { expires_at: Some(now), ..pat_facts(vec![("acme", Reach::Here)]) };
    assert!(pat(&subject(None, &["acme"]), &site(), &facts).passed());
    let refused = PatFacts { account: Some(Err(Refusal::Unauthorized)), ..facts };
    only(
        &pat(&subject(None, &["acme"]), &site(), &refused),
        "token_current",
        "npx wrangler secret put SECRET",
    );
}

#[test]
fn an_app_is_known_with_and_without_bot() {
    for login in ["octopool-acme", "Octopool-Acme[bot]", "OCTOPOOL-ACME"] {
        let subject = Subject { login: login.to_owned(), ..subject(Some(77), &["acme"]) };
        assert!(app(&subject, InstallationId::new(77).unwrap(), &site(), &app_facts()).passed(), "{login}");
    }
}

#[test]
fn an_enterprise_has_no_repositories_and_its_page_is_githubs() {
    let page = "https://github.com/enterprises/umbrella/settings/installations/77";
    let enterprise = InstallationView { enterprise: true, page: Some(page.to_owned()), ..view("umbrella") };
    let facts = AppFacts { installation: Some(Ok(enterprise)), ..app_facts() };
    let verification = judge(&["acme"], &facts);
    only(
        &verification,
        "account_matches",
        "octopool admin identities update one --pool team --installation-id",
    );
    let personal = "https://github.com/settings/installations/77";
    let suspended = InstallationView { suspended: true, page: Some(personal.to_owned()), ..view("mona") };
    let minted = Some(Err(Refusal::Forbidden(Forbidden::InstallationSuspended)));
    let facts = AppFacts { minted, installation: Some(Ok(suspended)), ..app_facts() };
    only(&judge(&["mona"], &facts), "installation_active", &format!("open {personal}  # Unsuspend"));
}

#[test]
fn a_fix_of_a_refused_registration_names_no_identity_that_does_not_exist() {
    let refused = |installation| subject(installation, &["acme/rocket", "acme"]).unregistered();
    let register = "octopool admin identity --pool team --id one --login mona";
    let missing = PatFacts { binding: Binding::Reserved, account: None, ..pat_facts(Vec::new()) };
    let moved =
        pat_facts(vec![("acme/rocket", Reach::Renamed(Some(place("acme/ship")))), ("acme", Reach::Here)]);
    let limited = PatFacts { account: Some(Err(Refusal::Limited)), ..pat_facts(Vec::new()) };
    for (facts, check, fix) in [
        (
            missing,
            "secret_present",
            format!("{register} --verify --scope acme/rocket --scope acme --secret-ref NAME  # the name"),
        ),
        (
            moved,
            "repositories_found",
            format!("{register} --secret-ref SECRET --verify --scope acme/ship --scope acme"),
        ),
        (
            limited,
            "token_accepted",
            format!("{register} --secret-ref SECRET --verify --scope acme/rocket --scope acme  # try again"),
        ),
    ] {
        only(&pat(&refused(None), &site(), &facts), check, &fix);
    }
    let facts = AppFacts {
        minted: Some(Err(Refusal::NotFound)),
        known: Some(Ok(AppView { page: Some("https://github.com/apps/octopool-acme".to_owned()) })),
        ..app_facts()
    };
    let verification = app(&refused(Some(77)), InstallationId::new(77).unwrap(), &site(), &facts);
    only(
        &verification,
        "installation_found",
        "octopool admin identity --pool team --id one --login 'octopool-acme[bot]' --secret-ref SECRET --verify --kind \
         github_app --scope acme/rocket --scope acme --installation-id NUMBER",
    );
    let fix = &faults(&verification)[0].1;
    assert!(fix.ends_with("https://github.com/apps/octopool-acme"), "{fix}");
}

#[test]
fn what_a_pat_sees_of_its_scopes_decides_what_is_wrong_with_them() {
    let update = "octopool admin identities update one --pool team";
    let of = |website: Reach, rocket: Reach, member: Option<bool>| PatFacts {
        member: member.map(Ok),
        ..pat_facts(vec![("acme/website", website), ("acme/rocket", rocket)])
    };
    let moved = Reach::Renamed(Some(place("acme/site")));
    let forbidden = Reach::Forbidden;
    let table = [
        (
            of(moved, Reach::Here, None),
            "repositories_found",
            format!("{update} --scope acme/site --scope acme/rocket"),
        ),
        (
            of(Reach::Renamed(None), Reach::Here, None),
            "repositories_found",
            format!("{update} --scope \"$(gh api repos/acme/website --jq .full_name)\" --scope acme/rocket"),
        ),
        (
            of(Reach::Missing, Reach::Here, Some(true)),
            "repositories_found",
            format!("{update} --scope acme/rocket"),
        ),
        (
            of(Reach::Missing, Reach::Missing, None),
            "repositories_found",
            "octopool admin identities disable one --pool team".to_owned(),
        ),
        (
            of(Reach::Missing, Reach::Here, Some(false)),
            "owners_accessible",
            "gh api --method PUT orgs/acme/memberships/mona".to_owned(),
        ),
        (
            of(forbidden(Forbidden::SingleSignOn), forbidden(Forbidden::SingleSignOn), None),
            "owners_accessible",
            "open https://github.com/settings/tokens  # \"Configure SSO\"".to_owned(),
        ),
    ];
    for (facts, check, fix) in table {
        only(&pat(&subject(None, &["acme/website", "acme/rocket"]), &site(), &facts), check, &fix);
    }
}

#[test]
fn a_scope_that_github_did_not_speak_of_does_not_pass() {
    let refused =
        |status| GithubError::Refused { status, limits: RateLimitHeaders::default(), forbidden: None };
    for error in [refused(StatusCode::BAD_GATEWAY), GithubError::Malformed { operation: "GET /user" }] {
        let facts = pat_facts(vec![("acme/rocket", Reach::Unanswered(error))]);
        let verification = pat(&subject(None, &["acme/rocket"]), &site(), &facts);
        only(&verification, "repositories_found", "octopool admin identities verify one --pool team");
        assert!(verification.github_down);
    }
}

#[test]
fn a_membership_that_nobody_could_ask_for_proves_nothing() {
    let private = |scope: &str| {
        let mut subject = subject(None, &[scope]);
        subject.scopes[0].allow_private = true;
        subject
    };
    let down = || Unasked::Refused(Refusal::Unavailable("Down.".to_owned()));
    for (unasked, is_down) in [
        (Unasked::NoToken, false),
        (down(), true),
        (Unasked::Refused(Refusal::Limited), false),
        (Unasked::Refused(Refusal::Unauthorized), false),
        (Unasked::Refused(Refusal::Forbidden(Forbidden::Unexplained)), false),
    ] {
        for (scope, reach) in [("acme", Reach::Here), ("acme/secret", Reach::Missing)] {
            let facts = PatFacts { member: Some(Err(unasked.clone())), ..pat_facts(vec![(scope, reach)]) };
            let verification = pat(&private(scope), &site(), &facts);
            only(
                &verification,
                "owners_accessible",
                "octopool admin identities verify one --pool team  # try again",
            );
            let fault = verification.checks.iter().find_map(|check| check.fault.as_ref());
            let problem = &fault.unwrap().problem;
            assert!(problem.starts_with("Could not check whether mona is a member of acme."), "{problem}");
            assert_eq!(verification.github_down, is_down);
        }
    }
}

#[test]
fn what_was_not_asked_or_not_said_does_not_pass() {
    let facts = PatFacts { account: None, ..pat_facts(Vec::new()) };
    let retry = "octopool admin identities verify one --pool team";
    only(&pat(&subject(None, &["acme"]), &site(), &facts), "token_accepted", retry);
    let silent = || InstallationView { selected: None, permissions: None, ..view("acme") };
    let minted = |permissions, selected| Some(Ok(MintedFacts { permissions, selected }));
    let table = [
        (AppFacts { minted: None, ..app_facts() }, "app_accepted"),
        (
            AppFacts { minted: Some(Err(Refusal::NotFound)), known: None, ..app_facts() },
            "installation_active",
        ),
        (
            AppFacts {
                minted: minted(Some(read(&ALL)), None),
                installation: Some(Ok(silent())),
                ..app_facts()
            },
            "repositories_selected",
        ),
        (
            AppFacts { minted: minted(None, Some(false)), installation: Some(Ok(silent())), ..app_facts() },
            "permissions_suffice",
        ),
    ];
    for (facts, check) in table {
        only(&judge(&["acme"], &facts), check, retry);
    }
    // A repository that was not looked up counts as not found.
    let unknown = AppFacts { narrowed: Some(Err(Refusal::Unprocessable)), ..selected(&["rocket"], false) };
    let verification = judge(&["acme/website"], &unknown);
    assert!(verification.checks.iter().all(|check| check.name != "repositories_found"), "{verification:#?}");
}

fn read(names: &[&str]) -> Permissions {
    names.iter().map(|name| ((*name).to_owned(), "read".to_owned())).collect()
}

const ALL: [&str; 7] = ["actions", "checks", "contents", "issues", "metadata", "pull_requests", "statuses"];

fn view(account: &str) -> InstallationView {
    InstallationView {
        account: AccountLogin::from_github(account),
        slug: AccountLogin::from_github("Octopool-Acme"),
        page: None,
        enterprise: false,
        suspended: false,
        permissions: Some(read(&ALL)),
        selected: Some(false),
    }
}

fn app_facts() -> AppFacts {
    AppFacts {
        binding: Binding::Filled,
        app_id: None,
        key: None,
        skew: Some(0),
        minted: Some(Ok(MintedFacts { permissions: Some(read(&ALL)), selected: Some(false) })),
        known: None,
        installation: Some(Ok(view("Acme"))),
        covered: None,
        narrowed: None,
        reach: Vec::new(),
    }
}

/// Facts of an installation with selected repositories.
fn selected(names: &[&str], complete: bool) -> AppFacts {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let covered = Covered { account: AccountLogin::from_github("acme"), names, complete };
    AppFacts {
        minted: Some(Ok(MintedFacts { permissions: Some(read(&ALL)), selected: Some(true) })),
        covered: Some(Ok(covered)),
        installation: None,
        ..app_facts()
    }
}

fn judge(scopes: &[&str], facts: &AppFacts) -> Verification {
    app(&subject(Some(77), scopes), InstallationId::new(77).unwrap(), &site(), facts)
}

#[test]
fn an_installation_without_faults_passes_every_check() {
    let facts = AppFacts { reach: vec![(place("acme/rocket"), Reach::Here)], ..app_facts() };
    let verification = judge(&["acme", "acme/rocket"], &facts);
    assert!(verification.passed(), "{verification:#?}");
    let names: Vec<_> = verification.checks.iter().map(|check| check.name).collect();
    let all = [
        "secret_present",
        "app_id_present",
        "key_usable",
        "clock_agrees",
        "app_accepted",
        "installation_found",
        "installation_active",
        "account_matches",
        "login_matches",
        "repositories_found",
        "repositories_selected",
        "permissions_suffice",
    ];
    assert_eq!(names, all);
    assert!(judge(&["acme/rocket"], &selected(&["Rocket"], true)).passed());
    assert!(
        judge(&["acme/far"], &AppFacts { narrowed: Some(Ok(())), ..selected(&["rocket"], false) }).passed()
    );
}

#[test]
fn an_identity_that_names_its_app_is_told_to_change_that() {
    let facts = AppFacts {
        minted: Some(Err(Refusal::NotFound)),
        known: Some(Err(Refusal::NotFound)),
        installation: None,
        ..app_facts()
    };
    let named = Subject { app_id: AppId::parse("51").ok(), ..subject(Some(77), &["acme"]) };
    let verification = app(&named, InstallationId::new(77).unwrap(), &site(), &facts);
    let [(check, fix)] = faults(&verification).try_into().unwrap();
    let update = "octopool admin identities update one --pool team --app-id NUMBER";
    assert!(check == "app_accepted" && fix.starts_with(update), "{check}: {fix}");
}

#[test]
fn each_fault_before_there_is_a_token_has_a_check_and_a_command_of_its_own() {
    let refused = |refusal| AppFacts { minted: Some(Err(refusal)), installation: None, ..app_facts() };
    let key = |fault| AppFacts { key: Some(fault), minted: None, ..app_facts() };
    let put_key = "npx wrangler secret put SECRET < your-app.private-key.pem";
    let put_id = "npx wrangler secret put OCTOPOOL_GITHUB_APP_ID";
    let retry = "octopool admin identities verify one --pool team";
    let suspended = InstallationView { suspended: true, ..view("umbrella") };
    let table = [
        (
            AppFacts { binding: Binding::Missing, minted: None, ..app_facts() },
            "secret_present",
            "npx wrangler secret put SECRET",
        ),
        (
            AppFacts { app_id: Some(AppIdFault::Missing), minted: None, ..app_facts() },
            "app_id_present",
            put_id,
        ),
        (
            AppFacts { app_id: Some(AppIdFault::Invalid), minted: None, ..app_facts() },
            "app_id_present",
            put_id,
        ),
        (key(KeyFault::Unreadable(AppKeyError::NotPem)), "key_usable", put_key),
        (key(KeyFault::Unreadable(AppKeyError::BrokenDer)), "key_usable", put_key),
        (key(KeyFault::Unreadable(AppKeyError::NotRsa)), "key_usable", put_key),
        (key(KeyFault::Unusable), "key_usable", put_key),
        (
            key(KeyFault::Token),
            "key_usable",
            "octopool admin identities update one --pool team --secret-ref NAME",
        ),
        (refused(Refusal::Unauthorized), "app_accepted", put_key),
        (AppFacts { skew: Some(61), ..refused(Refusal::Unauthorized) }, "clock_agrees", "sudo timedatectl"),
        (AppFacts { skew: Some(-600), ..refused(Refusal::Unauthorized) }, "clock_agrees", "sudo timedatectl"),
        (
            AppFacts { known: Some(Err(Refusal::NotFound)), ..refused(Refusal::NotFound) },
            "app_accepted",
            put_id,
        ),
        (
            AppFacts { known: Some(Ok(AppView::default())), ..refused(Refusal::NotFound) },
            "installation_found",
            "octopool admin identities update one --pool team --installation-id NUMBER",
        ),
        (
            AppFacts {
                installation: Some(Ok(suspended)),
                ..refused(Refusal::Forbidden(Forbidden::Unexplained))
            },
            "installation_active",
            "open https://github.com/organizations/umbrella/settings/installations/77",
        ),
        (
            AppFacts {
                installation: Some(Ok(view("acme"))),
                ..refused(Refusal::Forbidden(Forbidden::Unexplained))
            },
            "installation_active",
            retry,
        ),
        (
            AppFacts {
                installation: Some(Ok(view("acme"))),
                ..refused(Refusal::Forbidden(Forbidden::IpAllowList))
            },
            "installation_active",
            "open https://github.com/organizations/acme/settings/security",
        ),
        (key(KeyFault::Unreadable(AppKeyError::Encrypted)), "key_usable", put_key),
        (key(KeyFault::Unreadable(AppKeyError::OpenSsh)), "key_usable", put_key),
        (
            AppFacts { binding: Binding::Other, minted: None, ..app_facts() },
            "secret_present",
            "octopool admin identities update one --pool team --secret-ref NAME",
        ),
        (refused(Refusal::Malformed("GET /app")), "installation_active", retry),
        (refused(Refusal::Limited), "installation_active", retry),
        (refused(Refusal::Unavailable("Down.".to_owned())), "installation_active", retry),
    ];
    for (facts, check, fix) in table {
        only(&judge(&["acme"], &facts), check, fix);
    }
}

#[test]
fn each_fault_of_an_installation_that_gets_a_token_has_a_check_and_a_command_of_its_own() {
    let update = "octopool admin identities update one --pool team";
    let with =
        |facts: AppFacts, reach: Reach| AppFacts { reach: vec![(place("acme/website"), reach)], ..facts };
    let poor = MintedFacts { permissions: Some(read(&["metadata", "contents"])), selected: Some(false) };
    let select =
        "gh api --method PUT \"user/installations/77/repositories/$(gh api repos/acme/website --jq .id)\"";
    let retry = "octopool admin identities verify one --pool team";
    let other_app = InstallationView { slug: AccountLogin::from_github("other"), ..view("acme") };
    let no_app = InstallationView { slug: None, ..view("acme") };
    let clock = || "sudo timedatectl set-ntp true".to_owned();
    let table: [(&[&str], AppFacts, &str, String); 14] = [
        (
            &["acme"],
            AppFacts { installation: Some(Ok(other_app)), ..app_facts() },
            "login_matches",
            format!("{update} --login 'other[bot]'"),
        ),
        (
            &["acme"],
            AppFacts { installation: Some(Ok(no_app)), ..app_facts() },
            "login_matches",
            retry.to_owned(),
        ),
        (&["acme"], AppFacts { skew: Some(61), ..app_facts() }, "clock_agrees", clock()),
        (&["acme"], AppFacts { skew: Some(-90), ..app_facts() }, "clock_agrees", clock()),
        (&["umbrella"], app_facts(), "account_matches", format!("{update} --installation-id NUMBER")),
        (&["acme", "umbrella"], app_facts(), "account_matches", format!("{update} --scope acme")),
        (
            &["acme", "acme/website"],
            with(app_facts(), Reach::Renamed(Some(place("acme/site")))),
            "repositories_found",
            format!("{update} --scope acme --scope acme/site"),
        ),
        (
            &["acme", "acme/website"],
            with(app_facts(), Reach::Missing),
            "repositories_found",
            format!("{update} --scope acme"),
        ),
        (
            &["acme/website"],
            with(selected(&["rocket"], true), Reach::Here),
            "repositories_selected",
            select.to_owned(),
        ),
        (
            &["acme/website"],
            with(selected(&["rocket"], true), Reach::Missing),
            "repositories_selected",
            select.to_owned(),
        ),
        (
            &["acme/website"],
            with(selected(&["site"], true), Reach::Renamed(Some(place("acme/site")))),
            "repositories_found",
            format!("{update} --scope acme/site"),
        ),
        (
            &["acme/website"],
            AppFacts { narrowed: Some(Err(Refusal::Unprocessable)), ..selected(&["rocket"], false) },
            "repositories_selected",
            select.to_owned(),
        ),
        (
            &["acme"],
            selected(&["rocket"], true),
            "repositories_selected",
            "open https://github.com/organizations/acme/settings/installations/77  # \"All repositories\""
                .to_owned(),
        ),
        (
            &["acme"],
            AppFacts { minted: Some(Ok(poor)), ..app_facts() },
            "permissions_suffice",
            "open https://github.com/apps/Octopool-Acme  # \"App settings\"".to_owned(),
        ),
    ];
    for (scopes, facts, check, fix) in table {
        only(&judge(scopes, &facts), check, &fix);
    }
}

#[test]
fn a_repository_that_github_did_not_speak_of_is_not_called_unselected() {
    let error = GithubError::Malformed { operation: "GET /repos/{owner}/{repo}" };
    let facts = AppFacts {
        reach: vec![(place("acme/website"), Reach::Unanswered(error))],
        ..selected(&["rocket"], true)
    };
    let verification = judge(&["acme/website"], &facts);
    only(&verification, "repositories_found", "octopool admin identities verify one --pool team");
}

#[test]
fn what_github_leaves_out_of_a_token_is_taken_from_the_installation() {
    let facts = AppFacts { minted: Some(Ok(MintedFacts::default())), ..app_facts() };
    assert!(judge(&["acme"], &facts).passed());
    let view = InstallationView { selected: Some(true), ..view("acme") };
    let facts = AppFacts { installation: Some(Ok(view)), ..facts };
    assert_eq!(faults(&judge(&["acme"], &facts))[0].0, "repositories_selected");
}

#[test]
fn independent_faults_are_all_told() {
    let minted = MintedFacts { permissions: Some(read(&["metadata"])), selected: Some(false) };
    let facts = AppFacts {
        minted: Some(Ok(minted)),
        reach: vec![(place("acme/website"), Reach::Missing)],
        ..app_facts()
    };
    let verification = judge(&["acme", "acme/website", "umbrella"], &facts);
    let names: Vec<_> = faults(&verification).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["account_matches", "repositories_found", "permissions_suffice"]);
}

#[test]
fn pages_are_those_of_the_same_github() {
    assert_eq!(site().web, "https://github.com");
    assert_eq!(Site::new("https://git.example.com/api/v3", "acme").web, "https://git.example.com");
    assert_eq!(Site::new("https://api.acme.ghe.com", "acme").web, "https://acme.ghe.com");
}

#[test]
fn a_fix_makes_no_scope_wider() {
    let update = "octopool admin identities update one --pool team";
    let private = |repos: bool, owners: bool| {
        let mut subject = subject(None, &["acme/website", "acme/rocket", "acme", "umbrella", "*"]);
        let flags = [repos, true, owners, false, false];
        for (scope, flag) in subject.scopes.iter_mut().zip(flags) {
            scope.allow_private = flag;
        }
        subject
    };
    let moved = || Reach::Renamed(Some(place("acme/site")));
    for (repos, owners, options) in [
        (true, false, "--scope acme/site --scope acme/rocket --scope acme --scope umbrella --scope '*'"),
        (
            false,
            false,
            "--public-scope acme/site --scope acme/rocket --scope acme --scope umbrella --scope '*'",
        ),
        (
            false,
            true,
            "--public-scope acme/site --scope acme/rocket --scope acme --public-scope umbrella --scope '*' --private-scopes",
        ),
    ] {
        let facts = PatFacts { member: Some(Ok(true)), ..pat_facts(vec![("acme/website", moved())]) };
        let verification = pat(&private(repos, owners), &site(), &facts);
        assert_eq!(faults(&verification), [("repositories_found", format!("{update} {options}"))]);
    }
    // Also for selected repositories: if the private repositories of an owner are not included, a
    // repository is included while it is public.
    for (private, option) in [(false, "--public-scope"), (true, "--scope")] {
        let mut subject = subject(Some(77), &["acme"]);
        subject.scopes[0].allow_private = private;
        let verification =
            app(&subject, InstallationId::new(77).unwrap(), &site(), &selected(&["rocket"], true));
        let [(check, fix)] = &faults(&verification)[..] else { panic!("{verification:#?}") };
        assert_eq!(*check, "repositories_selected");
        assert!(fix.ends_with(&format!("{update} {option} acme/REPO")), "{fix}");
    }
}
