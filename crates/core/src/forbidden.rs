//! Why GitHub refused a credential that it knows: 403 has many causes, and each needs other advice.

/// The cause of a 403. GitHub says it in headers and in its message, which are read here and go no
/// further.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Forbidden {
    /// The organization requires single sign-on, and the token is not authorized for it
    /// (<https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#authenticating-with-saml-sso>).
    SingleSignOn,
    /// The organization admits approved OAuth Apps only; the GitHub CLI's token is of one
    /// (<https://docs.github.com/en/organizations/managing-oauth-access-to-your-organizations-data/about-oauth-app-access-restrictions>).
    OauthApp,
    /// The organization or enterprise forbids classic tokens
    /// (<https://docs.github.com/en/organizations/managing-programmatic-access-to-your-organization/setting-a-personal-access-token-policy-for-your-organization>).
    ClassicToken,
    /// It forbids fine-grained tokens, or has not approved this one.
    FineGrainedToken,
    /// It limits how long tokens may live, and this one lives longer.
    TokenLifetime,
    /// It has an IP allow list
    /// (<https://docs.github.com/en/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/managing-allowed-ip-addresses-for-your-organization>).
    /// A Worker's requests come from Cloudflare's addresses, of which none is fixed.
    IpAllowList,
    /// The token is an App's installation token, which has no account and may not use this
    /// endpoint.
    Integration,
    /// The fine-grained token lacks a permission.
    Permission,
    /// The classic or OAuth token lacks a scope.
    Scope,
    /// The account behind the token is suspended.
    AccountSuspended,
    /// The App's installation is suspended.
    InstallationSuspended,
    /// Only members of the organization may ask this.
    NotAMember,
    /// GitHub itself has blocked the repository, for everybody: its terms of service, a court's
    /// order (<https://docs.github.com/en/site-policy/content-removal-policies/dmca-takedown-policy>).
    Blocked,
    /// GitHub gives no cause that is known.
    Unexplained,
}

/// Parts of GitHub's messages in lower case. All parts of a row must be there; the first such row
/// decides, so that the more specific ones come first.
const MESSAGES: [(&[&str], Forbidden); 18] = [
    (&["saml"], Forbidden::SingleSignOn),
    (&["single sign-on"], Forbidden::SingleSignOn),
    (&["ip allow list"], Forbidden::IpAllowList),
    (&["ip address is not permitted"], Forbidden::IpAllowList),
    (&["oauth app access restrictions"], Forbidden::OauthApp),
    (&["third-party application"], Forbidden::OauthApp),
    (&["forbids", "lifetime"], Forbidden::TokenLifetime),
    (&["forbids", "fine-grained personal access token", "pending"], Forbidden::FineGrainedToken),
    (&["forbids access via a personal access token (classic)"], Forbidden::ClassicToken),
    (&["forbids access via a fine-grained"], Forbidden::FineGrainedToken),
    (&["forbids access via a personal access token with fine-grained"], Forbidden::FineGrainedToken),
    (&["forbids access via a personal access token"], Forbidden::ClassicToken),
    (&["not accessible by integration"], Forbidden::Integration),
    (&["not accessible by personal access token"], Forbidden::Permission),
    (&["installation", "suspended"], Forbidden::InstallationSuspended),
    (&["account", "suspended"], Forbidden::AccountSuspended),
    (&["must be a member of"], Forbidden::NotAMember),
    (&["access blocked"], Forbidden::Blocked),
];

impl Forbidden {
    /// Every cause, the unexplained one last.
    pub const ALL: [Self; 14] = [
        Self::SingleSignOn,
        Self::OauthApp,
        Self::ClassicToken,
        Self::FineGrainedToken,
        Self::TokenLifetime,
        Self::IpAllowList,
        Self::Integration,
        Self::Permission,
        Self::Scope,
        Self::AccountSuspended,
        Self::InstallationSuspended,
        Self::NotAMember,
        Self::Blocked,
        Self::Unexplained,
    ];

    /// Reads the cause from a response's headers and GitHub's message. `header` finds a header by
    /// its name in lower case.
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>, message: &str) -> Self {
        // `required; url=…` names the page on which the token can be authorized; `partial-results`
        // comes with answers.
        if header("x-github-sso").is_some_and(|value| value.trim_start().starts_with("required")) {
            return Self::SingleSignOn;
        }
        let message = message.to_ascii_lowercase();
        let is_said = |parts: &[&str]| parts.iter().all(|part| message.contains(part));
        if let Some((_, cause)) = MESSAGES.iter().find(|(parts, _)| is_said(parts)) {
            return *cause;
        }
        let scopes = |name| header(name).map(|text| text.split(',').map(str::trim));
        match (scopes("x-oauth-scopes"), scopes("x-accepted-oauth-scopes")) {
            (Some(has), Some(accepted)) => {
                let has: Vec<_> = has.filter(|scope| !scope.is_empty()).collect();
                let mut accepted = accepted.filter(|scope| !scope.is_empty()).peekable();
                let lacks = accepted.peek().is_some() && !accepted.any(|scope| has.contains(&scope));
                if lacks || message.contains("scope") { Self::Scope } else { Self::Unexplained }
            }
            _ if message.contains("scope") => Self::Scope,
            _ => Self::Unexplained,
        }
    }

    /// What happened, as a sentence. `token` is the credential for the reader (`This token`, `The
    /// org token`), `owner` the organization or account that it was used on.
    pub fn sentence(self, token: &str, owner: &str) -> String {
        match self {
            Self::SingleSignOn => {
                format!("{owner} requires single sign-on, and {token} is not authorized for it.")
            }
            Self::OauthApp => format!(
                "{owner} restricts access by OAuth Apps, and has not approved the App that {token} was made with."
            ),
            Self::ClassicToken => {
                format!("{owner} forbids personal access tokens (classic), and {token} is one.")
            }
            Self::FineGrainedToken => {
                format!("{owner} forbids fine-grained tokens or has not approved {token}.")
            }
            Self::TokenLifetime => {
                format!("{owner} limits the lifetime of tokens, and {token} is valid for longer.")
            }
            Self::IpAllowList => format!(
                "{owner} has an IP allow list, and octopool's requests come from addresses of Cloudflare, which \
                 are not fixed."
            ),
            Self::Integration => format!(
                "GitHub does not allow {token} here: it is an installation token of a GitHub App, which has no \
                 account."
            ),
            Self::Permission => format!("GitHub does not allow {token} here: it lacks a permission."),
            Self::Scope => format!("GitHub does not allow {token} here: it lacks a scope."),
            Self::AccountSuspended => format!("GitHub has suspended the account of {token}."),
            Self::InstallationSuspended => {
                format!("The installation of the GitHub App on {owner} is suspended.")
            }
            Self::NotAMember => format!("GitHub shows this to members of {owner} only."),
            Self::Blocked => {
                format!("GitHub itself has blocked access to what {token} asked of {owner}, for everybody.")
            }
            Self::Unexplained => format!(
                "GitHub refused {token} for {owner} without a cause that octopool knows: single sign-on, a policy \
                 for tokens or OAuth Apps, an IP allow list, or a missing scope or permission."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Forbidden;

    fn read(headers: &[(&str, &'static str)], message: &str) -> Forbidden {
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        Forbidden::read(header, message)
    }

    /// GitHub's messages as public reports quote them.
    #[test]
    fn each_message_of_github_has_its_cause() {
        let table = [
            (
                "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
                Forbidden::SingleSignOn,
            ),
            (
                "Resource protected by organization SAML enforcement. You must grant your OAuth token access to an organization within this enterprise.",
                Forbidden::SingleSignOn,
            ),
            (
                "Although you appear to have the correct authorization credentials, the `acme` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited. For more information on these restrictions, including how to enable this app, visit https://docs.github.com/articles/restricting-access-to-your-organization-s-data/",
                Forbidden::OauthApp,
            ),
            (
                "`acme` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions.",
                Forbidden::ClassicToken,
            ),
            (
                "The 'acme' enterprise forbids access via a personal access tokens (classic) if the token's lifetime is greater than 366 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/tokens/1",
                Forbidden::TokenLifetime,
            ),
            (
                "The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 90 days. Please adjust your token's lifetime at the following URL: https://github.com/settings/personal-access-tokens/1",
                Forbidden::TokenLifetime,
            ),
            (
                "`acme` forbids access via a fine-grained personal access token. Please use a GitHub App, OAuth App, or a personal access token (classic).",
                Forbidden::FineGrainedToken,
            ),
            (
                "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.",
                Forbidden::IpAllowList,
            ),
            ("Resource not accessible by integration", Forbidden::Integration),
            ("Resource not accessible by personal access token", Forbidden::Permission),
            ("Sorry. Your account was suspended.", Forbidden::AccountSuspended),
            (
                "Sorry. Your account was suspended. Please contact support@github.com",
                Forbidden::AccountSuspended,
            ),
            ("This installation has been suspended", Forbidden::InstallationSuspended),
            ("You must be a member of acme to see membership information for mona.", Forbidden::NotAMember),
            (
                "`acme` forbids access via a personal access token with fine-grained permissions. Please use a GitHub App, OAuth App, or a personal access token (classic).",
                Forbidden::FineGrainedToken,
            ),
            ("Repository access blocked", Forbidden::Blocked),
            ("You need at least read:org scope or user scope to list your organizations.", Forbidden::Scope),
            ("Forbidden", Forbidden::Unexplained),
            ("", Forbidden::Unexplained),
        ];
        for (message, cause) in table {
            assert_eq!(read(&[], message), cause, "{message}");
        }
    }

    #[test]
    fn headers_say_it_too() {
        let sso =
            [("x-github-sso", "required; url=https://github.com/orgs/acme/sso?authorization_request=A")];
        assert_eq!(read(&sso, "Forbidden"), Forbidden::SingleSignOn);
        let partial = [("x-github-sso", "partial-results; organizations=21955855")];
        assert_eq!(read(&partial, "Forbidden"), Forbidden::Unexplained);
        for (has, accepted, cause) in [
            ("", "admin:org, read:org", Forbidden::Scope),
            ("gist, repo", "admin:org, read:org", Forbidden::Scope),
            ("gist, read:org", "admin:org, read:org", Forbidden::Unexplained),
            ("gist", "", Forbidden::Unexplained),
        ] {
            let headers = [("x-oauth-scopes", has), ("x-accepted-oauth-scopes", accepted)];
            assert_eq!(read(&headers, "Forbidden"), cause, "{has:?} of {accepted:?}");
        }
    }

    #[test]
    fn every_cause_is_a_sentence_about_the_credential_or_its_owner() {
        for cause in Forbidden::ALL {
            let sentence = cause.sentence("this token", "acme");
            assert!(sentence.ends_with('.') && sentence.len() < 240, "{sentence}");
            assert!(sentence.contains("this token") || sentence.contains("acme"), "{sentence}");
        }
        assert!(Forbidden::IpAllowList.sentence("x", "acme").contains("not fixed"));
    }
}
