//! The forms of credentials, so that one is recognized where a name belongs.

/// GitHub's prefixes
/// (<https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats>).
/// Only two facts are used: the prefix, and that far more than [`SHORTEST_GITHUB`] characters
/// follow. Since April 2026 some `ghs_` tokens hold a JWT, with dots.
const GITHUB_PREFIXES: [&str; 6] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"];
/// octopool's prefixes, of caller tokens and admin tokens.
const OWN_PREFIXES: [&str; 2] = ["op_", "opa_"];

/// So many letters and digits without a gap behind one of GitHub's prefixes are a token wherever
/// the prefix is (`PAT_ghp_…`): the random part of the shortest one, and that of a fine-grained one
/// up to its underscore.
const UNBROKEN_GITHUB: usize = 36;
const UNBROKEN_FINE_GRAINED: usize = 22;
/// Shorter texts behind one of GitHub's prefixes are names (`ghp_mona`). The shortest token has 36
/// characters there; a part of one is no less secret.
const SHORTEST_GITHUB: usize = 16;
/// The same for octopool's tokens, which have 43. The prefix is a word that names begin with, so
/// more is asked for.
const SHORTEST_OWN: usize = 32;
/// Tokens from before 2021 and the client secrets of Apps: so many hexadecimal digits.
const HEX_DIGITS: usize = 40;

/// Whether a text is a credential or contains one: a token of GitHub or of octopool, also behind
/// `Bearer ` or inside a URL; a JWT; a private key in PEM.
///
/// Every text that is stored and that somebody types passes this, because people paste the value
/// where its name belongs, and D1 and the audit would keep it for good. The caller must not repeat
/// the text in an answer or a log.
pub fn looks_like_credential(text: &str) -> bool {
    has_hex(text) || has_token(text)
}

/// The same for a text that may name commits, whose 40 hexadecimal digits look like a token from
/// before 2021.
pub(crate) fn has_token(text: &str) -> bool {
    text.contains("-----BEGIN") || words(text).any(begins_with_token) || has_unbroken_token(text)
}

/// Whether there is a word of as many hexadecimal digits as an old token has. A name that only ends
/// in such digits (`runner-…`) is one word with them, and no credential.
fn has_hex(text: &str) -> bool {
    let words = text.split(|symbol| !is_token_part(symbol));
    words.map(|word| word.trim_matches(['.', '-'])).any(is_hex)
}

/// Whether there is a token of GitHub in the middle of a word.
fn has_unbroken_token(text: &str) -> bool {
    GITHUB_PREFIXES.iter().any(|prefix| {
        let shortest = if *prefix == "github_pat_" { UNBROKEN_FINE_GRAINED } else { UNBROKEN_GITHUB };
        let unbroken = |rest: &str| rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        text.split(prefix).skip(1).any(|rest| unbroken(rest) >= shortest)
    })
}

/// The text from the beginning of each word on.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_start = |index: usize| !text[..index].chars().next_back().is_some_and(is_word);
    text.char_indices().filter(move |(index, _)| is_start(*index)).map(|(index, _)| &text[index..])
}

fn begins_with_token(text: &str) -> bool {
    let has = |prefixes: &[&str], is_part: fn(char) -> bool, shortest: usize| {
        prefixes.iter().any(|prefix| {
            text.strip_prefix(prefix)
                .is_some_and(|rest| rest.chars().take_while(|it| is_part(*it)).count() >= shortest)
        })
    };
    has(&GITHUB_PREFIXES, is_token_part, SHORTEST_GITHUB)
        || has(&OWN_PREFIXES, is_token_part, SHORTEST_OWN)
        || has(&["v1."], |symbol| symbol.is_ascii_hexdigit(), HEX_DIGITS)
        || is_jwt(text)
}

/// A header in base64url of an object, then claims, then a signature.
fn is_jwt(text: &str) -> bool {
    let token: &str = text.split(|symbol| !is_token_part(symbol)).next().unwrap_or_default();
    // The full stop of a sentence.
    let token = token.trim_end_matches('.');
    let parts: Vec<_> = token.split('.').collect();
    token.starts_with("eyJ") && parts.len() == 3 && parts.iter().all(|part| part.len() >= 4)
}

fn is_hex(text: &str) -> bool {
    text.len() == HEX_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_word(symbol: char) -> bool {
    symbol.is_ascii_alphanumeric() || symbol == '_'
}

fn is_token_part(symbol: char) -> bool {
    is_word(symbol) || matches!(symbol, '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::looks_like_credential;

    /// One of each form that exists.
    fn credentials() -> Vec<String> {
        let letters = "a1B2".repeat(9);
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MjQyIn0.c2lnbmF0dXJl";
        let mut all: Vec<_> = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "op_", "opa_"]
            .map(|prefix| format!("{prefix}{letters}"))
            .into();
        all.extend([
            format!("github_pat_11AAAAAAA0{letters}_{letters}{letters}"),
            format!("ghs_4242_{jwt}"),
            format!("ghp_{}", "x".repeat(36)),
            format!("ghp_{}", &letters[..16]),
            jwt.to_owned(),
            "0123456789abcdef0123456789ABCDEF01234567".to_owned(),
            format!("v1.{}", "0a".repeat(20)),
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE".to_owned(),
            "-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(),
        ]);
        all
    }

    #[test]
    fn every_form_of_a_credential_is_recognized_wherever_it_is() {
        for credential in credentials() {
            for text in [
                credential.clone(),
                format!(" {credential}\n"),
                format!("\u{feff}{credential}"),
                format!("\"{credential}\""),
                format!("('{credential}')"),
                format!("mona, {credential}."),
                format!("Bearer {credential}"),
                format!("https://x-access-token:{credential}@github.com/acme/rocket"),
                format!("TOKEN={credential}"),
                format!("ä{credential}"),
            ] {
                assert!(looks_like_credential(&text), "{text:?}");
            }
        }
        let fine_grained = format!("github_pat_11AAAAAAA0{}_{}", "a1B2".repeat(3), "a1B2".repeat(15));
        for token in [format!("ghp_{}", "a1B2".repeat(9)), fine_grained] {
            for text in [format!("PAT_{token}"), format!("x{token}x"), format!("pools.{token}.policy")] {
                assert!(looks_like_credential(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn names_are_no_credentials() {
        for name in [
            "",
            "mona",
            "ghp_mona",
            "op_production_reader",
            "OCTOPOOL_PAT_MONA",
            "GHP_MAIN_TOKEN_OF_THE_POOL",
            "github_pat_of_mona",
            "build-host-01.internal.example.com",
            "5a0d1f7e-0000-4000-8000-000000000001",
            "0123456789abcdef0123456789abcdef0123456",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "ci-0123456789abcdef0123456789abcdef01234567",
            "0123456789abcdef0123456789abcdef01234567.internal",
            "OCTOPOOL_ghp_reader_of_everything_in_the_organization",
            "v1.2.3",
            "eyJ.a.b",
            &"x".repeat(128),
            "モナ 🐙",
        ] {
            assert!(!looks_like_credential(name), "{name:?}");
        }
    }
}
