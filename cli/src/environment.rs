//! Environment variables. A blank one counts as unset, because that is how shells and CI systems
//! pass on a setting that nobody made.

use secrecy::SecretString;

use crate::error::{Error, Result};

/// The variable's value without surrounding white space.
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.into_string().ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// A token from the environment, the only way to hand one over: arguments are visible to every user
/// of the machine.
pub(crate) fn token(name: &str) -> Result<Option<SecretString>> {
    let Some(value) = variable(name) else { return Ok(None) };
    // What cannot stand in a header is no token; the value stays out of the message.
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::auth(
            "invalid_token",
            "The token in the environment holds characters that no token has.",
        )
        .hint("Set the variable again, without quotes, line breaks or comments in the value."));
    }
    Ok(Some(SecretString::from(value)))
}

/// Whether the operator of a network without TLS has said that this is meant.
pub(crate) fn allows_insecure_login() -> bool {
    says_yes("OCTOPOOL_ALLOW_INSECURE_LOGIN")
}

/// Whether reads that the pool does not serve are not to be asked with the person's own gh.
pub(crate) fn forbids_fallback() -> bool {
    says_yes("OCTOPOOL_NO_FALLBACK")
}

/// Whether GitHub is to be asked, whatever a cache has.
pub(crate) fn asks_anew() -> bool {
    says_yes("OCTOPOOL_FRESH")
}

fn says_yes(name: &str) -> bool {
    variable(name).is_some_and(|value| value == "1")
}
