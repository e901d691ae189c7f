//! The forms in the document are the rules of the core: what one takes the other takes too.

use octopool_core::{
    AccountLogin, AdminToken, AdminTokenName, AppId, CallerId, CallerToken, ClientName, DisplayName,
    IdentityId, IdentityLogin, InstallationId, PoolId, RepoName, SecretRef, TokenDigest, Weight,
};
use octopool_openapi::validator;
use proptest::prelude::*;
use serde_json::{Value, json};

fn takes(form: &str, value: &Value) -> bool {
    validator(&format!("/components/schemas/{form}")).is_valid(value)
}

type Rule = fn(&str) -> bool;

/// Each form of text with the rule that the core has for it.
const TEXTS: &[(&str, Rule)] = &[
    ("PoolName", |text| PoolId::parse(text).is_ok()),
    ("PoolNameOrNone", |text| text.is_empty() || PoolId::parse(text).is_ok()),
    ("IdentityId", |text| IdentityId::parse(text).is_ok()),
    ("CallerId", |text| CallerId::parse(text).is_ok()),
    ("TokenDigest", |text| TokenDigest::parse(text).is_ok()),
    ("HostName", |text| ClientName::parse(text).is_ok()),
    // What is stored is what is left of a host's name: one more parse finds the form it has, or
    // another suffix to take away.
    ("ClientName", |text| IdentityId::parse(text).is_ok()),
    ("Login", |text| AccountLogin::parse(text).is_ok()),
    ("StoredLogin", |text| AccountLogin::from_github(text).is_some()),
    ("IdentityLogin", |text| IdentityLogin::parse(text).is_ok()),
    ("ScopeOwner", |text| text == "*" || AccountLogin::parse(text).is_ok()),
    ("RepoName", |text| RepoName::parse(text).is_ok()),
    ("AppId", |text| AppId::parse(text).is_ok()),
    ("SecretRef", |text| SecretRef::parse(text).is_ok()),
    ("DisplayName", |text| DisplayName::parse(text).is_ok()),
    ("AdminTokenName", |text| AdminTokenName::parse(text).is_ok()),
    ("AdminBearer", |text| AdminToken::parse(text).is_some()),
    ("CallerToken", |text| CallerToken::parse(text).is_some()),
];

fn agree(text: &str) {
    for (form, rule) in TEXTS {
        assert_eq!(takes(form, &json!(text)), rule(text), "{form} of {text:?}");
    }
}

#[test]
fn the_edges_of_every_rule_are_where_the_forms_have_them() {
    for text in [
        "",
        " ",
        "a",
        "-a",
        "a-",
        "a--b",
        "a_b",
        "a_",
        "_a",
        "a_b_c",
        ".",
        "..",
        "...",
        "a.b",
        "A0",
        "0",
        "*",
        "a*",
        "a/b",
        "ä",
        "\u{202e}a",
        "a\n",
        "\na",
        "a\u{0}",
        "mona[bot]",
        "42",
        "042",
        "1234567890123456",
        "12345678901234567",
        "Iv",
        "Iv1.8a61f9b3a7aba766",
        "[bot]",
        "mona[bot][bot]",
        "mona_x[bot]",
        "Host.local",
        "Host.LOCAL.local",
        ".local",
        " a ",
        "モナ 🐙",
        "op_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "op_AAAA",
        "guin-",
        "0----0",
        "rocket.git",
        "rocket.Git",
        ".git",
        "git",
        "ghp_mona",
        "ghp_aaaaaaaaaaaaaaa",
        "ghp_aaaaaaaaaaaaaaaa",
        "ghs_a.a-a_aaaaaaaaaa",
        "xghp_aaaaaaaaaaaaaaaa",
        "x-ghp_aaaaaaaaaaaaaaaa",
        "github_pat_aaaaaaaaaaaaaaaa",
        "op_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "op_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "opa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "0123456789abcdef0123456789abcdef01234567",
        "0123456789abcdef0123456789abcdef01234567.local",
        "0123456789abcdef0123456789abcdef012345678",
        "v1.0123456789abcdef0123456789abcdef01234567",
        "eyJh.eyJp.c2ln",
        "eyJh.eyJp.c2ln.x",
        "-----BEGIN",
    ] {
        // Line ends around a name are white space for the one and no text for the other.
        if text.trim() == text || text.trim_matches(' ') == text.trim() {
            agree(text);
        }
    }
    for length in
        [1, 38, 39, 40, 43, 44, 45, 63, 64, 65, 79, 80, 81, 99, 100, 101, 127, 128, 129, 254, 255, 256]
    {
        let name = "x".repeat(length);
        agree(&name);
        agree(&format!("{name}[bot]"));
        agree(&format!("{name}.local"));
        agree(&name.replacen('x', "1", 1));
    }
}

proptest! {
    #[test]
    fn a_credential_is_one_for_both(
        prefix in "(gh[opsur]_|github_pat_|opa?_|v1\\.|eyJ|x| )?",
        text in "[A-Fa-f0-9._-]{0,44}",
    ) {
        let text = format!("{prefix}{text}");
        prop_assume!(text.trim() == text);
        agree(&text);
    }
}

#[test]
fn numbers_have_the_cores_bounds() {
    for number in
        [i64::MIN, -1, 0, 1, 999_999, 1_000_000, 1_000_001, 9_007_199_254_740_991, 9_007_199_254_740_992]
    {
        assert_eq!(takes("Weight", &json!(number)), Weight::new(number).is_ok(), "{number}");
        let installation = InstallationId::new(number).is_ok();
        assert_eq!(takes("InstallationNumber", &json!(number)), installation, "{number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn what_the_core_takes_the_forms_take(text in "[A-Za-z0-9._\\[\\]*-]{0,12}") {
        agree(&text);
    }

    #[test]
    fn names_for_people_are_as_the_core_has_them(text in "\\PC{1,40}") {
        prop_assume!(text.trim() == text);
        prop_assert_eq!(takes("DisplayName", &json!(text)), DisplayName::parse(&text).is_ok());
    }

    /// What only decoding shows to be no path (`%ff`) may pass the form; what the relay takes must.
    #[test]
    fn what_can_be_relayed_has_the_form_of_it(text in "/[a-z0-9./%:äC2A53Fe -]{0,24}", rest in "/([a-zä]{1,4}/|%C3%A4|%2F|\\.\\.?|%2e){0,6}") {
        for path in [text, rest] {
            let relayed = octopool_core::relay::RelayPath::parse(&path).is_ok();
            prop_assert!(!relayed || takes("RelayedPath", &json!(path)), "{path}");
            prop_assert!(!relayed || path.len() == 1 || takes("RelayedRest", &json!(path[1..])), "{path}");
        }
    }
}
